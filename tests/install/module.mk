# The installed tree: its files, its headers, a program against it, its man pages.
TESTS += tests/install/install_test.sh
