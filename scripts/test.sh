#!/bin/sh
# Run all tests: first what needs no screen, side by side; then the rest, in order.
# Arguments go to pytest, such as --soak for all rounds of the long tests.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH

under_screen() {
    if command -v xvfb-run >/dev/null 2>&1; then
        xvfb-run -a -s "-screen 0 1600x1000x24" "$@"
    else
        "$@"
    fi
}

failed=0
echo "== tests of the core and the server"
python -m pytest -q -n 2 --dist loadfile --durations=10 "$@" \
    tests/core tests/server || failed=1

echo "== tests of the window, the plug-ins, the whole and the architecture"
under_screen python -m pytest -q --durations=20 "$@" \
    tests/gui tests/plugins tests/integration tests/architecture || failed=1
exit $failed
