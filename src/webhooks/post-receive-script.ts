/** The line by which a hook is known to be windlass's own. */
export const hookMarker = '# windlass hook: tells windlass what was pushed';

/** Files in the repository that the hook works with. */
export const spoolName = 'windlass-spool';
export const padsName = 'windlass-hook-secret';

/**
 * The hook, for a machine that has sh, openssl and curl but perhaps no Node. `url` must be free of quotes.
 *
 * HMAC is done with its two padded keys from a file and two plain hashes: openssl takes a key only as an argument,
 * which every user of the machine could read in the list of processes.
 */
export function postReceiveScript(url: string): string {
  return String.raw`#!/bin/sh
${hookMarker}. "windlass hook install" wrote it and replaces it.
# A push never waits: what is to be told goes into ${spoolName}/ first and is sent from the background until windlass has it.
url='${url}'
umask 007
LC_ALL=C
export LC_ALL
spool=$(pwd)/${spoolName}
pads=$(pwd)/${padsName}
lock=$spool/lock

# Plain names go together, and any other alone: whoever refuses one refuses no more than that.
spool_refs() {
  new=$spool/.new.$$
  mkdir -p "$new" || return
  run=hook_$(date +%s)_$$
  count=10000 listed=0 list=
  while read -r before after ref; do
    case $ref in refs/heads/*) ;; *) continue ;; esac
    case $ref in
      *[!]!#-[^-~]*)
        count=$((count + 1))
        change "$(printf '%s' "$ref" | sed 's/"/\\"/g')" >"$new/$run-$count"
        ;;
      *)
        [ $((listed % 1000)) -ne 0 ] || begin_list
        listed=$((listed + 1))
        { printf '%s' "$separator" && change "$ref"; } >>"$list"
        separator=,
        ;;
    esac
  done
  end_list
  for file in "$new"/hook_*; do
    [ ! -e "$file" ] || mv "$file" "$spool"/
  done
  rmdir "$new"
}
change() { printf '{"ref":"%s","before":"%s","after":"%s"}' "$1" "$before" "$after"; }
begin_list() {
  end_list
  count=$((count + 1))
  list=$new/$run-$count separator='{"changes":['
}
end_list() { [ -z "$list" ] || printf ']}' >>"$list"; }

waiting() {
  set -- "$spool"/hook_*
  [ -e "$1" ]
}

# A second one does no harm, for windlass knows a delivery by its id: the lock only saves work.
take_lock() {
  mkdir "$lock" 2>/dev/null && echo $$ >"$lock/pid" && return
  kill -0 "$(cat "$lock/pid" 2>/dev/null)" 2>/dev/null && [ -z "$(find "$lock/alive" -mmin +2 2>/dev/null)" ] && return 1
  rm -rf "$lock"
  mkdir "$lock" 2>/dev/null && echo $$ >"$lock/pid"
}

# Prints the HTTP status.
send() {
  id=$(basename "$1")
  time=$(date +%s)
  signature=$({
    tail -c 64 "$pads"
    { head -c 64 "$pads" && printf '%s.%s.' "$id" "$time" && cat "$1"; } | openssl dgst -sha256 -binary
  } | openssl dgst -sha256 -binary | openssl base64 -A)
  curl -sS -o /dev/null -w '%{http_code}' --connect-timeout 5 --max-time 20 -H 'Content-Type: application/json' -H 'Expect:' \
    -H "webhook-id: $id" -H "webhook-timestamp: $time" -H "webhook-signature: v1,$signature" --data-binary "@$1" "$url"
}

send_all() {
  for file in "$spool"/hook_*; do
    [ -e "$file" ] || continue
    : >"$lock/alive"
    status=$(send "$file" 2>"$spool/last-error")
    case $status in
      2* | 400 | 413 | 415) rm -f "$file" ;;
      *)
        echo "$(date): HTTP $status from $url" >>"$spool/last-error"
        return 1
        ;;
    esac
  done
}

# Until the pause is over or another push comes.
nap() {
  left=$1
  while [ "$left" -gt 0 ] && [ -d "$lock" ] && [ ! -e "$spool/wake" ]; do
    : >"$lock/alive"
    sleep 1
    left=$((left - 1))
  done
}

deliver() {
  trap '' HUP
  pause=1
  give_up=$(($(date +%s) + 86400))
  while waiting && take_lock; do
    rm -f "$spool/wake"
    if send_all; then
      pause=1
    else
      nap "$pause"
      pause=$((pause * 2))
      [ "$pause" -lt 300 ] || pause=300
    fi
    rm -rf "$lock"
    [ "$(date +%s)" -lt "$give_up" ] || return
  done
}

if [ "$1" = deliver ]; then
  deliver
else
  spool_refs
  : >"$spool/wake"
  sh "$0" deliver </dev/null >/dev/null 2>&1 &
fi
exit 0
`;
}
