import { installFunctions } from './install-functions.ts';

/**
 * The program that one exec runs in the container, for any POSIX shell (busybox ash and dash are tested). It stages, checks,
 * swaps, acts and takes back; the agent says on its stdin how to go on.
 *
 * Arguments: a name of the container's, letters and digits; seconds it may take until the swap, and from there to the end; the number of
 * entries; per entry its target, `uid:gid`, mode, size (`-` removes the target) and what is there (`other` for what is known to differ,
 * else `-`); the number of checks; per check the number of its words and the words; the action: nothing, `run` and its words, `needs` and
 * the program of one that somebody else does, or `signal`, its name, its number where whoever gets it has to handle it, else 0, and the
 * name of the process, empty for the container's first. Nothing of these ever becomes shell text. `{{staged:2}}` in a check's word stands
 * for the second entry's candidate.
 *
 * stdin: per file its bytes and the line `end`; then `go`, then `keep` or `undo`. The end of the stream, and the script's own
 * deadline, mean `abort` before the swap and `keep` behind it: new files have passed their check.
 *
 * stdout, line by line: `begin NAME-PID`, `at N PATH` (a target that is a link: the file behind it), `staged`, `refused N STATUS` or
 * `absent N…` (entries whose target is not there) and `checked N…` (entries that differ from what is there), `swapped`,
 * `acted STATUS`, `restored`, `undone STATUS`, and `failed WHAT N` for all that cannot go on (`failed deaf PID NAME`: it does not handle
 * the signal; `powerless` likewise: root may not send it one); at the end `swept`, once nothing staged is left. Tools write to stderr; the
 * line `windlass-end-NAME-PID` there is behind the words of an action that failed, for the two streams arrive in any order.
 *
 * Why it is as it is:
 * - `dd` with `fullblock` takes exactly the bytes asked for; `head -c` may read ahead in a pipe and swallow the next command. The
 *   line `end` proves the count. `conv=fsync`: a rename that reaches the disk before its bytes leaves an empty file after a power cut.
 * - `rename(2)` within one folder is the only atomic step there is, hence candidates beside their targets. Their names end in the
 *   container's and the script's own process id: several containers may have mounted the same folder, and a script whose agent died
 *   may still be at its check, and must not find its successor's files.
 *   They begin with a dot and do not end in the target's extension: no `include *.conf` picks them up.
 * - Tools run in the background and are waited for, so that the deadline can end them; a foreground child would hold up the trap.
 *   Their own stdin is /dev/null then, hence the third descriptor for `dd`.
 * - The deadline is a process of its own, since `read -t` is not POSIX and a `timeout` of busybox leaves orphans to PID 1. Whoever
 *   ends waits for its children: a PID 1 that does not reap would keep them as zombies.
 * - Signals are caught and not ignored: what is ignored would stay so in a daemon that an action starts.
 */
export const installScript = `
set -u
umask 077
PATH=\${PATH:-}:/usr/sbin:/usr/bin:/sbin:/bin
who=$1 before=$2 behind=$3 count=$4
me=$who-$$
shift 4
exec 3<&0
block=65536 open='{{staged:' close='}}' newline='
'
child= guard= late= spare= made= phase=staging
${installFunctions}
say begin $me
entries= n=0
while [ $n -lt $count ]; do
  n=$((n + 1))
  entries="$entries $n"
  eval "real_$n=\\$1 owner_$n=\\$2 mode_$n=\\$3 size_$n=\\$4 there_$n=\\$5"
  if [ -L "$1" ] && real=$(readlink -f "$1") && [ -n "$real" ]; then
    eval "real_$n=\\$real"
    say at $n "$real"
  fi
  shift 5
done
trap : HUP INT PIPE
trap finish EXIT
limit "$before" "$behind"
status_of $$ Gid
group=\${value%%[!0-9]*}

for n in $entries; do
  entry $n
  sweep
done
for n in $entries; do
  entry $n
  [ ! -d "$real" ] || fail folder $n
  [ "$size" = - ] || receive || fail stage $n
done
say staged

checks=$1 n=0
shift
while [ $n -lt $checks ]; do
  n=$((n + 1))
  check "$@" || {
    status=$?
    [ -z "$late" ] || fail late $n
    say refused $n $status
    exit 1
  }
  shift $(($1 + 1))
done
case \${1-} in
  signal) heeded "$3" "$4" ;;
  run | needs) command -v "$2" >/dev/null || fail missing 0 ;;
esac
differing
say absent $absent
say checked $changed

IFS= read -r word && [ "$word" = go ] || exit 1
swap
say swapped
act "$@"
say acted $?
[ -z "$late" ] || limit "$behind"
until IFS= read -r word; do
  [ "$spare" = used ] || exit 0
  spare=
done
[ "$word" = undo ] || exit 0
put_back
say restored
act "$@"
say undone $?
`;
