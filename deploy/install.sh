#!/usr/bin/env bash
# Installs what is missing to run, test or check the map; safe to run again, continues after
# a failure. Usage: deploy/install.sh run|test|bench|check
# Debian packages need root or sudo; everything else stays below this directory.
set -euo pipefail
cd "$(dirname "$0")/.."
purpose=${1:?run, test, bench or check}

step() { printf '== %s\n' "$*"; }

# fail WHAT DO: what went wrong, and what a person can do about it.
fail() {
  printf '\n%s\n%s\n' "FAILED: $1" "What to do: $2" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

has_postgis() {
  local version
  for version in /usr/lib/postgresql/*; do
    [ -x "$version/bin/initdb" ] &&
      [ -f "/usr/share/postgresql/${version##*/}/extension/postgis.control" ] && return 0
  done
  return 1
}

has_node() {
  command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null
}

# The first python3.11 that can make virtual environments (a pyenv shim may be an empty shell).
find_python() {
  local python
  for python in $(type -ap python3.11) /usr/bin/python3.11; do
    "$python" -c 'import ensurepip, venv' 2>/dev/null && echo "$python" && return 0
  done
  return 1
}

missing_packages() {
  find_python >/dev/null || echo python3.11 python3.11-venv
  if [ "$purpose" != check ]; then
    has_postgis || echo postgresql-15 postgresql-15-postgis-3
  fi
  if [ "$purpose" = test ]; then
    command -v chromium >/dev/null || echo chromium
    command -v ogrinfo >/dev/null || echo gdal-bin
    has_nginx || echo nginx
    # The driver that comes with Playwright is linked to it.
    compgen -G '/usr/lib/*/libatomic.so.1' >/dev/null || echo libatomic1
  fi
  if [ "$purpose" = bench ]; then
    has_nginx || echo nginx
    command -v wrk >/dev/null || echo wrk
  fi
}

has_nginx() {
  [ -x /usr/sbin/nginx ] || command -v nginx >/dev/null
}

# What comes with us does not start by itself: Debian's nginx would take port 80.
without_services() {
  local policy=/usr/sbin/policy-rc.d
  if [ -e "$policy" ]; then
    "$@"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
  local status=0
  "$@" || status=$?
  as_root rm -f "$policy"
  return "$status"
}

# Debian's own "main" cluster is for others: when PostgreSQL comes with us, it is not made.
without_main_cluster() {
  local setting=/etc/postgresql-common/createcluster.d/mapservice.conf
  if dpkg -s postgresql-15 2>/dev/null | grep -q '^Status: install ok installed'; then
    "$@"
    return
  fi
  as_root mkdir -p "${setting%/*}"
  echo 'create_main_cluster = false' | as_root tee "$setting" >/dev/null
  local status=0
  "$@" || status=$?
  as_root rm -f "$setting"
  return "$status"
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    -o DPkg::Lock::Timeout=300 "$@"
}

install_packages() {
  local packages
  packages=$(missing_packages | tr '\n' ' ')
  [ -n "$packages" ] || return 0
  step "Debian packages: $packages"
  local by_hand="an administrator can run: apt-get install $packages— then run this again."
  command -v apt-get >/dev/null || fail "this system has no apt-get" \
    "install what Debian calls $packages, then run this again."
  [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null || fail "you are not root and there is no sudo" \
    "$by_hand"
  as_root true || fail "sudo refused" "$by_hand"
  as_root apt-get update -q -o DPkg::Lock::Timeout=300 ||
    echo "The package lists could not be renewed; trying with those at hand." >&2
  # shellcheck disable=SC2086 # a list of names
  without_main_cluster without_services apt_install $packages || fail "installing $packages" \
    "read the messages of apt-get above; when the network or the mirror was at fault, run this again; otherwise $by_hand"
}

# The virtual environment is whole only when its stamp, written last, fits.
install_python() {
  local python
  python=$(find_python) || fail "there is no Python 3.11 that can make virtual environments" \
    "install it (Debian 12: apt-get install python3.11 python3.11-venv), then run this again."
  local node_lock=() wanted
  has_node || node_lock=(requirements-node.txt)
  wanted="$PWD $(cat requirements.txt "${node_lock[@]}" | sha256sum)"
  if .venv/bin/python -c '' 2>/dev/null && [ "$(cat .venv/installed 2>/dev/null)" = "$wanted" ]; then
    return 0
  fi
  step "Python libraries into .venv"
  rm -rf .venv
  "$python" -m venv .venv || fail "$python could not make the virtual environment .venv" \
    "read the message above, then run this again."
  local lock
  for lock in requirements.txt "${node_lock[@]}"; do
    pip_install --require-hashes -r "$lock" || fail "installing the Python libraries of $lock" \
      "mostly the network: run this again. If a hash does not match, what was sent is not what the lock expects: do not install it."
  done
  echo "$wanted" >.venv/installed
}

# The project itself, in place: its code is used as it stands, pyproject.toml names the command.
install_command() {
  local wanted
  wanted=$(sha256sum pyproject.toml)
  if [ -x .venv/bin/mapservice ] && [ "$(cat .venv/command 2>/dev/null)" = "$wanted" ]; then
    return 0
  fi
  pip_install --no-deps --no-build-isolation -e . ||
    fail "installing the mapservice command" "read the message above, then run this again."
  echo "$wanted" >.venv/command
}

pip_install() {
  .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input "$@"
}

install_frontend() {
  local wanted
  wanted=$(cat package.json package-lock.json deploy/vendor.py | sha256sum)
  if [ -d static/vendor ] && [ "$(cat node_modules/.installed 2>/dev/null)" = "$wanted" ]; then
    return 0
  fi
  step "Front-end libraries into static/vendor"
  has_node || PATH="$PWD/.venv/bin:$PATH"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error ||
    fail "npm ci" "mostly the network: run this again. If an integrity check failed, do not go on."
  .venv/bin/python deploy/vendor.py ||
    fail "copying the front-end libraries" "read the message above, then run this again."
  echo "$wanted" >node_modules/.installed
}

main() {
  [ -w . ] || fail "you cannot write to $PWD" "clone the project to a directory of your own."
  exec 9>.install.lock
  flock 9 # two installs in one directory take turns
  install_packages
  install_python
  install_command
  install_frontend
}

main
