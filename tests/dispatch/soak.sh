#!/bin/sh
# Sets of failing cards under four threads for an hour; every sequence of six events in the life of a set's jobs.
set -e
HYP_LIFECYCLE_DEPTH="${HYP_LIFECYCLE_DEPTH:-6}" "${BUILD:-build}/tests/dispatch/lifecycle_test"
HYP_CHAOS_SECONDS="${HYP_CHAOS_SECONDS:-3600}" exec "${BUILD:-build}/tests/dispatch/chaos_test"
