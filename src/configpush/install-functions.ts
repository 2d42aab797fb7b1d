import { processFunctions } from './process-functions.ts';
import { signalFunctions } from './signal-functions.ts';

/**
 * The functions of the script that installs files (install-script.ts). They share its variables: `count` and `entries`, the numbers of
 * all entries; `who`, the container, and `me`, this run in it; `owner_N`, `mode_N`, `size_N`, `there_N` and `real_N` of each; `child`,
 * what is waited for; `late`, set once time was up; `spare`, whether one TERM may pass (see `limit`); `made`, the folders that were not
 * there; `phase`, `staging` or `swapped`; `changed` and `absent`, numbers of entries.
 */
export const installFunctions = `
${processFunctions}
say() { printf '%s\\n' "$*"; }
fail() { say failed "$@"; exit 1; }

# Reads the entry numbered $1 into owner, mode, size, there, real, folder, new and old.
entry() {
  eval "owner=\\$owner_$1 mode=\\$mode_$1 size=\\$size_$1 there=\\$there_$1 real=\\$real_$1"
  folder=\${real%/*}
  new=$folder/.\${real##*/}.windlass-new-$me
  old=$folder/.\${real##*/}.windlass-old-$me
}

# Sends itself TERM in $1 seconds and, where there is a $2, again $2 seconds later. With two, the first is the deadline of what comes
# before the swap. The script may be behind it by then, where that one means nothing: \`spare\` is \`left\` until it has come, \`used\`
# once it came behind the swap (the \`read\` that it broke off is begun again), and empty where the next TERM, or the last, counts.
limit() {
  unlimited
  late= spare=\${2+left}
  # A TERM that comes while a forked shell still has its parent's trap is lost, and this one would wait the whole time for it.
  # Hence no trap where the guard is forked, a note until it knows its sleep, and KILL for the sleep.
  trap - TERM
  ( for time; do
      nap= over=
      trap 'over=1' TERM
      sleep "$time" & nap=$!
      trap 'kill -KILL "$nap"; wait; exit' TERM
      [ -z "$over" ] || { kill -KILL "$nap"; wait; exit; }
      wait $nap && kill -TERM $$ || exit
    done ) </dev/null >/dev/null 2>&1 &
  guard=$!
  trap overdue TERM
}
# A TERM that counts sets \`late\`: what is waited for is ended, and so is all that \`await\` is to wait for from then on.
overdue() {
  case $phase$spare in
    swappedleft) spare=used ;;
    *) late=1 spare=; [ -z "$child" ] || slay "$child" ;;
  esac
}
unlimited() {
  [ -z "$guard" ] || { kill $guard; wait $guard; } 2>/dev/null
  guard=
}

# Removes what killed scripts left beside a target: those of this container, for others may have the same folder mounted. One that
# still runs gets time to find its stream ended.
sweep() {
  for left in "$folder"/.*.windlass-new-"$who"-* "$folder"/.*.windlass-old-"$who"-*; do
    tries=0
    while [ -e "$left" ] && [ $tries -lt 20 ] && [ -z "$late" ] && runs "\${left##*-}"; do
      tries=$((tries + 1))
      sleep 1
    done
    [ ! -e "$left" ] || rm -f "$left"
  done
}

# Makes the folder $1 and its parents, and remembers those that were not there.
parents() {
  [ -d "\${1:-/}" ] && return
  parents "\${1%/*}" && mkdir -m 755 "$1" && made=$1$newline$made
}

# Takes the entry's bytes from stdin into its candidate. A redirection that fails ends the shell behind \`:\`, not behind \`true\`.
receive() {
  parents "$folder" && true >"$new" && take $block $((size / block)) && take $((size % block)) 1 || return
  IFS= read -r line && [ "$line" = end ] || exit 1
  # In this order root needs no FOWNER; what chown took from a mode of four digits is put back.
  chmod "$mode" "$new" && owned && return
  chown "$owner" "$new" && { [ \${#mode} -le 3 ] || chmod "$mode" "$new"; }
}
# Whether the candidate was its owner's from the start. A folder may give its files another group.
owned() { [ "$owner" = "0:$group" ] && [ -O "$new" ] && [ -G "$new" ]; } 2>/dev/null
take() {
  [ $1 -gt 0 ] && [ $2 -gt 0 ] || return 0
  dd bs=$1 count=$2 iflag=fullblock conv=fsync <&3 3<&- >>"$new" &
  await
}

# Runs a command, its output on stderr; a program that is called like a function here is the program.
run() {
  command "$@" </dev/null >&2 3<&- &
  await
}

# Waits for the last background command to end, or for TERM to end it.
await() {
  child=$!
  [ -z "$late" ] || slay $child
  wait $child
  status=$?
  # A signal ends the waiting, not the child.
  while kill -0 $child 2>/dev/null; do
    wait $child
    status=$?
  done
  child=
  return $status
}

# Runs the first $1 of the words behind it, the candidates' paths filled in.
check() {
  take=$1
  shift
  left=$#
  while [ $left -gt 0 ]; do
    [ $take -le 0 ] || { fill "$1"; set -- "$@" "$filled"; }
    shift
    take=$((take - 1)) left=$((left - 1))
  done
  run "$@"
}
fill() {
  filled= rest=$1
  while :; do
    case $rest in *"$open"*"$close"*) ;; *) break ;; esac
    filled=$filled\${rest%%"$open"*}
    rest=\${rest#*"$open"}
    number=\${rest%%"$close"*}
    case $number in *[!0-9]*) fail placeholder ;; esac
    entry "$number"
    filled=$filled$new
    rest=\${rest#*"$close"}
  done
  filled=$filled$rest
}

# Whether the candidate's owner, mode and bytes are in place already.
same() {
  [ "$there" != other ] && [ -f "$real" ] && cmp -s "$new" "$real" 2>/dev/null || return
  facts "$new"
  candidate=$facts
  facts "$real"
  [ "$candidate" = "$facts" ]
}
facts() {
  set -f
  set -- $(ls -ldn "$1")
  set +f
  facts="\${1-} \${3-} \${4-}"
}

differing() {
  changed= absent=
  for n in $entries; do
    entry $n
    [ -e "$real" ] || absent="$absent $n"
    if [ "$size" = - ]; then
      [ ! -e "$real" ] || changed="$changed $n"
    else
      same || changed="$changed $n"
    fi
  done
}

# Every old file is kept before the first new one appears.
swap() {
  for n in $changed; do
    entry $n
    [ ! -e "$real" ] || ln "$real" "$old" 2>/dev/null || cp -p "$real" "$old" || fail keep $n
  done
  phase=swapped done=
  for n in $changed; do
    entry $n
    if [ "$size" = - ]; then rm -f "$real"; else mv -f "$new" "$real"; fi || { put_back; fail swap $n; }
    done="$n $done"
  done
}

put_back() {
  for back in $done; do
    entry $back
    if [ -e "$old" ]; then mv -f "$old" "$real"; else rm -f "$real"; fi
  done
  drop_folders
}
drop_folders() {
  [ -z "$made" ] || ( IFS=$newline; set -f; rmdir $made 2>/dev/null )
}

# What runs a program may take so long as nothing else; a signal is sent in no time.
act() {
  case \${1-} in
    '') return ;;
    run) limit "$behind"; shift; run "$@" ;;
    signal) receivers "$4" && kill -s "$2" $receivers >&2 ;;
  esac && return
  set -- $?
  printf '%s\\n' "windlass-end-$me" >&2
  return $1
}

${signalFunctions}
finish() {
  trap : TERM
  swept=
  set --
  for n in $entries; do
    entry $n
    set -- "$@" "$new" "$old"
  done
  rm -f "$@" && swept=1
  [ $phase = swapped ] || drop_folders
  unlimited
  [ -z "$swept" ] || say swept
}
`;
