#!/bin/sh
# make install into a folder of its own: what is there, that a program builds and runs against it and nothing
# else, that the tree may be moved, that uninstall leaves nothing.
. tests/support/tap.sh
build=${BUILD:-build}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
version=$(cat VERSION)
soname=libhyperion.so.${version%%.*}
prefix=$folder/stage/opt/hyperion

# This make is not part of the one that runs the tests.
unset MAKEFLAGS MFLAGS MAKELEVEL
check "make install" make --no-print-directory BUILD="$build" DESTDIR="$folder/stage" \
    PREFIX=/opt/hyperion install-built

for file in bin/hyperion lib/libhyperion.a "lib/libhyperion.so.$version" lib/pkgconfig/hyperion.pc \
    share/man/man1/hyperion.1 share/man/man3/libhyperion.3 lib/udev/rules.d/70-hyperion.rules \
    lib/sysusers.d/hyperion.conf share/bash-completion/completions/hyperion; do
    check "installs $file" [ -f "$prefix/$file" ]
done
equal "every header is installed" "$(cd host/include/hyperion && ls)" "$(ls "$prefix/include/hyperion")"
equal "every man page is installed" "$(cd docs/man && ls)" \
    "$(cd "$prefix/share/man" && find . -type f | sed 's|.*/||' | sort)"
equal "nothing outside the prefix" "" "$(find "$folder/stage" -type f ! -path "$prefix/*")"
equal "soname" "$soname" \
    "$(objdump -p "$prefix/lib/libhyperion.so" | sed -n 's/^ *SONAME *//p')"
equal "links lead to the library" "libhyperion.so.$version" \
    "$(basename "$(readlink -f "$prefix/lib/libhyperion.so")")"
equal "exports only hyp_ names of version node HYPERION_0" "" \
    "$(nm -D --defined-only "$prefix/lib/libhyperion.so" | awk '{print $3}' |
        grep -v -e '^hyp_[a-z0-9_]*@@HYPERION_0$' -e '^HYPERION_0')"
equal "needs neither XRT, OpenCL, Verilator nor C++" "" \
    "$(objdump -p "$prefix/lib/libhyperion.so" | grep NEEDED | grep -e xrt -e OpenCL -e stdc++ -e verilat)"

# A move afterwards: nothing may hold the path that it was installed to.
mkdir "$folder/moved"
mv "$prefix" "$folder/moved/here"
prefix=$folder/moved/here
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
equal "pkg-config knows the version" "$version" "$(pkg-config --modversion hyperion)"
flags=$(pkg-config --cflags --libs hyperion)
static_libs=$(pkg-config --static --libs-only-l --libs-only-other hyperion | sed 's/-lhyperion//')

for header in "$prefix"/include/hyperion/*.h; do
    name=hyperion/$(basename "$header")
    printf '#include <%s>\n#include <%s>\nint unit;\n' "$name" "$name" > "$folder/header.c"
    cp "$folder/header.c" "$folder/header.cpp"
    # shellcheck disable=SC2046 # several words
    check "$name stands alone in C" "${CC:-gcc}" -std=c17 -Wall -Wextra -Wpedantic -Werror \
        $(pkg-config --cflags hyperion) -c "$folder/header.c" -o "$folder/header.o"
    # shellcheck disable=SC2046
    check "$name stands alone in C++" "${CXX:-g++}" -std=c++17 -Wall -Wextra -Wpedantic -Werror \
        $(pkg-config --cflags hyperion) -c "$folder/header.cpp" -o "$folder/header.o"
done

# shellcheck disable=SC2046 # several words
declared=$(echo '#include <hyperion/hyperion.h>' | "${CC:-gcc}" -E -P $(pkg-config --cflags hyperion) - | tr '\n' ' ' |
    grep -o 'visibility("default")))[^;(]*(' | grep -o 'hyp_[a-z0-9_]*($' | tr -d '(' | sort)
equal "hyperion.h declares just what the library exports" \
    "$(nm -D --defined-only "$prefix/lib/libhyperion.so" | sed -n 's/.* \(hyp_[a-z0-9_]*\)@@.*/\1/p' | sort)" "$declared"

cp docs/examples/keccak.c "$folder/example.c"
# shellcheck disable=SC2086 # several words
check "the example builds by pkg-config" "${CC:-gcc}" -std=c17 -Wall -Wextra -Werror "$folder/example.c" \
    $flags -o "$folder/example"
# shellcheck disable=SC2086
check "the example builds against the archive" "${CC:-gcc}" -std=c17 -Wall -Wextra -Werror \
    -I"$prefix/include" "$folder/example.c" "$prefix/lib/libhyperion.a" $static_libs -o "$folder/static"
# Keccak-256 of "abc" and "", from the Keccak team's test vectors.
abc=4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45
empty=c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470
want=$(printf '%s  abc\n%s  \n' "$abc" "$empty")
equal "the example hashes on cpu" "$want" "$(LD_LIBRARY_PATH="$prefix/lib" "$folder/example" cpu abc "")"
equal "so does the static one" "$want" "$("$folder/static" cpu abc "")"
for device in sim xrt:0; do
    if [ -e "$prefix/lib/hyperion/libhyperion-sim.so" ] && [ -e "$prefix/share/hyperion/hyperion.hw_emu.xclbin" ]; then
        equal "the example hashes on $device, found beside the library" "$want" \
            "$(cd / && LD_LIBRARY_PATH="$prefix/lib" "$folder/example" "$device" abc "")"
    else
        skip "the example hashes on $device" "this build has no simulated card"
    fi
done
for example in epoll zero_copy failover; do
    # shellcheck disable=SC2086
    check "$example builds by pkg-config" "${CC:-gcc}" -std=c17 -Wall -Wextra -Werror "docs/examples/$example.c" \
        $flags -o "$folder/$example"
done
export LD_LIBRARY_PATH="$prefix/lib"
equal "epoll hashes lines as they come" "$abc  abc
$empty  
$abc  abc" "$( (printf 'abc\n\n'; sleep 0.2; printf 'abc') | "$folder/epoll" cpu)"
equal "epoll holds back input that is faster than the device" "100000 $abc" \
    "$(yes abc | head -n 100000 | "$folder/epoll" cpu | cut -d' ' -f1 | uniq -c | sed 's/^ *//')"
printf abc > "$folder/abc"
equal "zero_copy hashes a file" "$abc  $folder/abc" "$("$folder/zero_copy" cpu "$folder/abc")"
equal "zero_copy tells of a file that is not there" 3 "$("$folder/zero_copy" cpu "$folder/none" 2>/dev/null; echo $?)"
if [ -e "$prefix/lib/hyperion/libhyperion-sim.so" ]; then
    "$folder/failover" sim:0,cpu sim:0:die >"$folder/out" 2>"$folder/err"
    equal "failover is right on a card that dies" "10240 digests, all right" "$(head -n 1 "$folder/out")"
    check "and says so of every member" sh -c "grep -q '^sim:0: ' '$folder/out' && grep -q '^cpu: ready' '$folder/out'"
else
    skip "failover is right on a card that dies" "this build has no simulated card"
fi
unset LD_LIBRARY_PATH
equal "a device that is not there is told" 3 \
    "$(LD_LIBRARY_PATH="$prefix/lib" "$folder/example" none abc 2>/dev/null; echo $?)"
equal "the installed command runs where it lies" "$abc  -" \
    "$(cd / && printf abc | "$prefix/bin/hyperion" keccak --device cpu)"

# Completion knows what --help knows; the group of the rules is the one that is made.
complete_line() {
    PATH="$prefix/bin:$PATH" bash -c '
        source "$1"
        shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _hyperion hyperion "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf "%s\n" "${COMPREPLY[@]}"' complete "$prefix/share/bash-completion/completions/hyperion" "$@"
}
equal "completes commands" "examine" "$(complete_line hyperion exam)"
equal "all of them" "$("$prefix/bin/hyperion" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p' | sort)" \
    "$(complete_line hyperion '' | grep -v '^-' | sort)"
equal "completes options" "--sysfs" "$(complete_line hyperion examine --sys)"
equal "completes actions" "verify" "$(complete_line hyperion bitstream ver)"
equal "completes devices" "cpu" "$(complete_line hyperion keccak --device c)"
equal "completes files" "$folder/example.c" "$(complete_line hyperion keccak "$folder/example.")"
equal "the udev rules give cards to the group that is made, to nobody else" "$(sed -n 's/^g \([a-z]*\) .*/\1/p' \
    "$prefix/lib/sysusers.d/hyperion.conf") 0660" "$(grep -v '^#' "$prefix/lib/udev/rules.d/70-hyperion.rules" |
    sed 's/.*GROUP="\([a-z]*\)", MODE="\([0-7]*\)"$/\1 \2/' | sort -u)"

for page in docs/man/*; do
    if command -v mandoc >/dev/null; then
        check "$(basename "$page") is clean" mandoc -Tlint -Wwarning "$page"
    else
        skip "$(basename "$page") is clean" "mandoc is not installed"
    fi
done
# Long options that a page lists, as --help writes them.
options_of() {
    sed -n 's/^\.It.* Fl -\([a-z][a-z-]*\).*/--\1/p' "$1" | sort -u
}
options_of docs/man/hyperion.1 > "$folder/shared"
commands=$("$prefix/bin/hyperion" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p')
for command in $commands; do
    check "hyperion-$command(1) is there" [ -f "docs/man/hyperion-$command.1" ]
    # What --help names is in the page or, for options that many commands share, in hyperion(1); what the page
    # names is in --help.
    "$prefix/bin/hyperion" "$command" --help | grep -o -e '--[a-z][a-z-]*' | sort -u > "$folder/help"
    options_of "docs/man/hyperion-$command.1" > "$folder/page"
    equal "hyperion-$command(1) has the options of --help" "" \
        "$(sort -u "$folder/page" "$folder/shared" | comm -23 "$folder/help" -)"
    equal "hyperion-$command(1) has no others" "" "$(comm -13 "$folder/help" "$folder/page")"
done

check "make uninstall" make --no-print-directory BUILD="$build" DESTDIR="$folder/moved" PREFIX=/here uninstall
equal "nothing is left" "" "$(find "$prefix" ! -type d)"
done_testing
