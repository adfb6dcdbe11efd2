#!/bin/sh
# What `make install` does: .venv, from the lock with hashes, and .env where there is none.
# It needs Python 3.12 or newer with venv, and nothing else; PYTHON names one.
set -eu
cd "$(dirname "$0")"
lock=requirements-dev.txt
began=$(date +%s)
# pip and npm keep their caches at home; pyenv is found from there.
if [ -z "${HOME:-}" ]; then
    HOME=$(eval "echo ~$(id -un)")
    [ -d "$HOME" ] || HOME=$PWD
    export HOME
fi

fail() {
    echo "error: $*" >&2
    exit 1
}

# A name on the path proves little (pyenv's stand-ins fail when called), so each is asked.
version_of() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true
}

find_python() {
    found=
    if [ -n "${PYTHON:-}" ]; then
        set -- "$PYTHON"
    else
        set -- python3.13 python3.14 python3.12 python3
    fi
    for name in "$@"; do
        version=$(version_of "$name")
        case $version in
        3.1[2-9] | 3.[2-9][0-9]) python=$name && return ;;
        ?*) found="${found:+$found, }$name is $version" ;;
        esac
    done
    fail "Python 3.12 or newer is needed, and ${found:-none of $* runs}:" \
        "name another one, as in make install PYTHON=/path/to/python3.13"
}

make_venv() {
    find_python
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python comes without venv and pip: install them (Debian: apt install python3-venv)," \
            "or name another one, as in make install PYTHON=/path/to/python3.13"
    echo "Installing with Python $version (some minutes the first time) ..."
    rm -rf .venv
    "$python" -m venv .venv || fail "$python could not make .venv."
    # What is never imported need not be compiled; the rest is when it is.
    .venv/bin/python -m pip install -qq --no-compile --disable-pip-version-check --no-input \
        --require-hashes -r $lock ||
        fail "the packages could not be installed; what pip said stands above."
}

# The tests do without it: they then ask html5lib. Lighthouse, which is large, comes with the first `make audit`.
get_html_checker() {
    command -v npm >/dev/null && command -v java >/dev/null || return 0
    npm ci --omit=optional --silent --no-audit --no-fund >/dev/null 2>&1 ||
        echo "The HTML checker could not be fetched with npm: the tests do without it."
}

make_env() {
    [ ! -e .env ] || return 0
    (umask 077 && .venv/bin/python >.env.new <<'PYTHON'
import secrets

print("# Settings of this machine: docs/operations.md lists them all.")
print(f"SECRET_KEY={secrets.token_urlsafe(50)}")
print("ALLOWED_HOSTS=localhost,127.0.0.1,[::1]")
print("# Here the site is served without HTTPS.")
print("SECURE_SSL_REDIRECT=off")
PYTHON
    )
    mv .env.new .env
    echo "Made .env."
}

# The mark holds the lock as it was installed, and is written last: what was interrupted begins again.
mark=.venv/installed.txt
if ! cat $lock package-lock.json 2>/dev/null | cmp -s - $mark || ! .venv/bin/python -c '' 2>/dev/null; then
    make_venv
    get_html_checker
    cat $lock package-lock.json >$mark 2>/dev/null || true
    echo "Installed in $(($(date +%s) - began)) s."
fi
make_env
