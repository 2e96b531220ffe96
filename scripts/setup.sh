#!/bin/sh
# Make .venv with napari-nora and all it needs; install missing system packages
# where that is allowed, else name them. Does nothing twice.
#
#   scripts/setup.sh          what the window, the demo and the docs need
#   scripts/setup.sh --test   also what only the tests and benchmarks need
set -eu
cd "$(dirname "$0")/.."

# PySide6, napari's OpenGL canvas and a screen in memory
WINDOW_PACKAGES="git xvfb xauth libgl1 libgl1-mesa-dri libegl1 libglib2.0-0
libdbus-1-3 libfontconfig1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4
libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0
libxcb-xfixes0 libxcb-xkb1 fonts-dejavu-core"
DATABASE_PACKAGES="postgresql"
# the server's pages are tested in a real browser
BROWSER_PACKAGES="chromium desktop-file-utils"

say() { printf 'setup: %s\n' "$*"; }

missing_of() {
    for package in "$@"; do
        # newer releases add "t64" to some names
        for name in "$package" "${package}t64"; do
            status=$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null || true)
            [ "$status" = installed ] && continue 2
        done
        printf '%s ' "$package"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q \
        -o DPkg::Lock::Timeout=600 update
    # shellcheck disable=SC2086  # a list of words
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        -o DPkg::Lock::Timeout=600 install --no-install-recommends $1
}

# Install the packages in $1 that are missing, or say how; false if some stay missing.
want_packages() {
    if ! command -v dpkg-query >/dev/null 2>&1; then
        say "not a Debian or Ubuntu system; what it may need is called there: $1"
        return 0
    fi
    # shellcheck disable=SC2086
    missing=$(missing_of $1)
    [ -n "$missing" ] || return 0
    if may_install; then
        say "installing system packages: $missing"
        apt_install "$missing" && return 0
    fi
    say "MISSING system packages; install them with"
    say "  sudo apt-get install --no-install-recommends $missing"
    return 1
}

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
        then
            command -v "$name"
            return 0
        fi
    done
    return 1
}

can_make_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

has_venv() { .venv/bin/python -c 'import pip' 2>/dev/null; }

# What making .venv needs.
python_packages() {
    if has_venv; then
        return 0
    elif ! python=$(find_python); then
        echo "python3 python3-venv"
    elif ! can_make_venv "$python"; then
        "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
    fi
}

has_postgresql() {
    command -v initdb >/dev/null 2>&1 ||
        ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}

has_browser() {
    command -v desktop-file-validate >/dev/null 2>&1 || return 1
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    return 1
}

# The tests start throw-away servers of their own: Debian's own one is not wanted.
without_own_cluster() {
    switch=/etc/postgresql-common/createcluster.d/no-cluster-for-tests.conf
    if may_install; then
        as_root mkdir -p "${switch%/*}"
        echo "create_main_cluster = false" | as_root tee "$switch" >/dev/null
    fi
    "$@" && done=0 || done=1
    if may_install; then as_root rm -f "$switch"; fi
    return "$done"
}

# All that is missing is named at once, before anything takes minutes.
want_system() {
    packages="$WINDOW_PACKAGES $(python_packages)"
    if "$for_tests" && ! has_browser; then
        packages="$packages $BROWSER_PACKAGES"
    fi
    if "$for_tests" && ! has_postgresql; then
        without_own_cluster want_packages "$packages $DATABASE_PACKAGES"
    else
        want_packages "$packages"
    fi
}

make_venv() {
    python=$(find_python) || {
        say "no Python 3.11 or newer was found; install one and run this again"
        exit 1
    }
    can_make_venv "$python" || {
        say "$python cannot make .venv; install $(python_packages) and run this again"
        exit 1
    }
    say "making .venv with $python"
    "$python" -m venv --clear .venv
    .venv/bin/python -m pip install --quiet uv
}

# $1 names what is done once; false where that was done for this very setup, or for $2.
is_due() { [ "$(cat ".venv/.$1" 2>/dev/null || true)" != "${2:-$fingerprint}" ]; }
note_done() { echo "${2:-$fingerprint}" >".venv/.$1"; }

[ "${1:-}" = --test ] && for_tests=true || for_tests=false
system=ready-for-windows
if "$for_tests"; then system=ready-for-tests; fi
complete=true

fingerprint=$(cat pyproject.toml scripts/setup.sh | cksum)

if is_due "$system" && ! want_system; then complete=false; fi

if is_due ready; then
    has_venv || make_venv
    [ -x .venv/bin/uv ] || .venv/bin/python -m pip install --quiet uv
    say "installing napari-nora and its dependencies into .venv"
    .venv/bin/uv pip install --python .venv/bin/python --quiet -e '.[all,test]'
    note_done ready
fi

# else the first image that somebody opens waits for the compiler
kernels=$(cat pyproject.toml nora_core/geometry/*kernels.py \
    napari_nora/viewports/*kernels.py | cksum)
if is_due compiled "$kernels"; then
    say "compiling what draws images"
    .venv/bin/python -m napari_nora.viewports.warm
    note_done compiled "$kernels"
fi

if "$complete"; then
    note_done "$system"
else
    say "going on without the packages named above; parts may fail"
fi
