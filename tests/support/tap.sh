# shellcheck shell=sh
# TAP for shell tests: source it, call check and skip, end with done_testing.
tap_count=0

ok() { tap_count=$((tap_count + 1)); echo "ok $tap_count - $1"; }
not_ok() { tap_count=$((tap_count + 1)); echo "not ok $tap_count - $1"; }
# skip NAME REASON
skip() { tap_count=$((tap_count + 1)); echo "ok $tap_count - $1 # SKIP $2"; }
# check NAME COMMAND…: ok if the command succeeds; what it prints is shown when it does not.
check() {
    tap_name=$1
    shift
    if tap_output=$("$@" 2>&1); then
        ok "$tap_name"
    else
        not_ok "$tap_name"
        printf '%s\n' "$tap_output" | sed 's/^/# /'
    fi
}
# equal NAME WANT GOT
equal() {
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        not_ok "$1"
        printf 'want: %s\ngot:  %s\n' "$2" "$3" | sed 's/^/# /'
    fi
}
done_testing() { echo "1..$tap_count"; }
