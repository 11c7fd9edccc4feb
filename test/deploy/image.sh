#!/usr/bin/env bash
# Builds the image and tries it as strictly as it may be run: read-only, not as root, without any capability. Needs root,
# buildah, podman, runc, and for the base image either a registry or debootstrap. Takes a minute or two.
# Exit status: 0 it works, 1 it does not, 77 it could not be tried; the last line says why.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
BASE=docker.io/library/node:24-bookworm-slim
IMAGE=localhost/synckairos:test

cannot() { echo "NOT RUN: the image was not tried: $*"; exit 77; }
fail() { echo "FAILED: $*"; exit 1; }

if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2> /dev/null || cannot 'it needs root'
  exec sudo -n env PATH="$PATH:/usr/sbin:/sbin" "$PWD/test/deploy/image.sh"
fi
for tool in buildah podman runc curl; do
  command -v "$tool" > /dev/null || cannot "$tool is not installed"
done

work=$(mktemp -d) || exit 1
# A storage and a policy of its own, so that nothing is left behind, and nothing but the programs is needed.
storage=(--root "$work/storage" --runroot "$work/run")
mkdir -p "$work/home/.config/containers"
echo '{"default":[{"type":"insecureAcceptAnything"}]}' > "$work/home/.config/containers/policy.json"
buildah() { HOME="$work/home" command buildah "${storage[@]}" "$@"; }
podman() { HOME="$work/home" command podman "${storage[@]}" --runtime runc --cgroup-manager cgroupfs --events-backend file "$@"; }
cleanup() {
  podman rm --force --volumes --time 0 synckairos
  rm -rf "$work"
} > /dev/null 2>&1
trap cleanup EXIT

# What node:24-bookworm-slim is, as far as it matters here: Debian, Node.js, npm, and a user "node" with the id 1000.
make_base() {
  local mirror node
  command -v debootstrap > /dev/null || { echo 'debootstrap is not installed'; return 1; }
  node=$(readlink -f node_modules/.bin/node) && [ -x "$node" ] || { echo 'there is no node_modules/.bin/node: npm ci'; return 1; }
  mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2> /dev/null | head -1)
  timeout 150 debootstrap --variant=minbase --include=ca-certificates bookworm "$work/base" \
    "${mirror:-http://deb.debian.org/debian}" > "$work/log" 2>&1 || return 1
  npm pack --silent npm@11 --pack-destination "$work" > "$work/log" 2>&1 || return 1
  mkdir -p "$work/base/usr/local/lib/node_modules/npm"
  tar -xzf "$work"/npm-11.*.tgz -C "$work/base/usr/local/lib/node_modules/npm" --strip-components=1
  chmod 755 "$work/base/usr/local/lib/node_modules/npm/bin/npm-cli.js"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$work/base/usr/local/bin/npm"
  cp "$node" "$work/base/usr/local/bin/node"
  # A machine behind a proxy that opens TLS knows its certificate.
  cp /etc/ssl/certs/ca-certificates.crt "$work/base/etc/ssl/certs/"
  chroot "$work/base" useradd --uid 1000 --create-home node
  local container
  container=$(buildah from scratch) && buildah copy -q "$container" "$work/base" / > /dev/null \
    && buildah config --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
      --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container" \
    && buildah commit -q --rm "$container" "$BASE" > /dev/null
}

call() { # STATUS METHOD PATH [BODY]: prints what the server answers, when it is that status
  local status=$1 method=$2 path=$3 answer
  shift 3
  answer=$(curl -sS -m 15 -w '\n%{http_code}' -X "$method" "$base$path" ${1:+-H 'content-type: application/json' -d "$1"})
  [ "${answer##*$'\n'}" = "$status" ] && echo "$answer" && return
  fail "$method $path: wanted $status, got $answer"
}

until_ok() { # SECONDS COMMAND...
  local ends=$((SECONDS + $1))
  shift
  until "$@" > /dev/null 2>&1; do
    [ $SECONDS -lt "$ends" ] || return 1
    sleep 0.2
  done
}

if HOME="$work/home" timeout 60 buildah "${storage[@]}" pull -q "$BASE" > "$work/log" 2>&1; then
  echo "base: $BASE"
else
  echo "base: made here, because: $(tail -1 "$work/log")"
  make_base || cannot "the base image can neither be pulled nor made: $(tail -3 "$work/log")"
fi
echo "base image ready after $SECONDS s"
HOME="$work/home" timeout 180 buildah "${storage[@]}" build --isolation chroot --pull-never --format docker -t "$IMAGE" . > "$work/log" 2>&1 \
  || { tail -30 "$work/log"; fail 'it cannot be built'; }
echo "built after $SECONDS s"

port=$(node -e 's=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
base=http://127.0.0.1:$port
strictly=(--network host --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges
  --ulimit nofile=4096:4096 --ulimit nproc=1024:1024)
podman run --rm "${strictly[@]}" "$BASE" true > "$work/log" 2>&1 \
  || cannot "podman cannot run anything here: $(tail -1 "$work/log")"
podman run --detach --name synckairos "${strictly[@]}" --env HOST=127.0.0.1 --env PORT="$port" "$IMAGE" > "$work/log" 2>&1 \
  || fail "it does not start: $(tail -1 "$work/log")"
until_ok 30 curl -fsS -m 2 "$base/health" || { podman logs synckairos; fail 'no answer on /health'; }

[ "$(podman exec synckairos id -u)" = 1000 ] || fail 'it does not run as the user 1000'
podman exec synckairos sh -c 'grep -q "^CapBnd:[[:space:]]*0*$" /proc/1/status' || fail 'it has capabilities'
podman exec synckairos touch /app/file 2> /dev/null && fail 'its files can be written to'
podman healthcheck run synckairos || fail 'its own HEALTHCHECK says that it is not well'

read -r session first second < <(for _ in 1 2 3; do tr '\n' ' ' < /proc/sys/kernel/random/uuid; done)
url=/v1/sessions/$session
call 201 POST /v1/sessions '{"session_id":"'"$session"'","sync_mode":"per_participant","participants":[
  {"participant_id":"'"$first"'","participant_index":0,"total_time_ms":60000},
  {"participant_id":"'"$second"'","participant_index":1,"total_time_ms":60000}]}' > /dev/null || exit 1
call 200 POST "$url/start" > /dev/null || exit 1
call 200 POST "$url/switch" | grep -q "\"active_participant_id\":\"$second\"" || fail 'the turn did not pass on'
# The embedded database has to be created first.
until_ok 60 curl -fsS -m 15 "$base$url/history?min_version=3" || { podman logs synckairos; fail 'no history'; }
call 200 GET "$url/history?min_version=3" | grep -q '"version":3' || fail 'the history lacks the switch'
call 200 GET /docs | grep -qi '<html' || fail '/docs is not a page'
call 200 GET /docs/json > /dev/null || exit 1
call 200 GET / | grep -qi '<html' || fail 'there is no dashboard'

podman stop --time 20 synckairos > /dev/null 2>&1
code=$(podman inspect --format '{{.State.ExitCode}}' synckairos)
[ "$code" = 0 ] || { podman logs synckairos | tail; fail "it ended with $code after SIGTERM"; }
echo "the image works; this took $SECONDS s"
