#!/bin/sh
# Debian packages that Python cannot bring: fonts with every character of names, a browser for its tests.
# Installed when this runs as root; otherwise named, and the work goes on without the browser tests.
set -eu
missing=""
fc_list() { fc-list 2>/dev/null || true; }
fc_list | grep -qi "Noto Sans CJK JP" || missing="$missing fonts-noto-cjk"
fc_list | grep -qi "IPAmj" || missing="$missing fonts-ipamj-mincho"
command -v fc-list >/dev/null || missing="$missing fontconfig"
command -v chromium >/dev/null || missing="$missing chromium"
command -v pdftoppm >/dev/null || missing="$missing poppler-utils"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "Please install these Debian packages as root: apt-get install$missing" >&2
fi
