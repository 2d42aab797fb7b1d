/**
 * Of the functions of the script that installs files, those that find out whom a signal is for and whether it may be sent. They say
 * `nobody`, `powerless` or `deaf` by `fail`, and look into processes by `status_of` (process-functions.ts).
 */
export const signalFunctions = `
# Whom a signal is for: the container's first process, or those named $1 that were not started by one of that name.
receivers() {
  receivers=1
  [ -n "$1" ] || return 0
  receivers=
  for entry in /proc/[0-9]*; do
    pid=\${entry##*/}
    named $pid "$1" || continue
    status_of $pid PPid
    named "$value" "$1" || receivers="$receivers $pid"
  done
  [ -n "$receivers" ]
}
named() { { IFS= read -r comm <"/proc/$1/comm"; } 2>/dev/null && [ "$comm" = "$2" ]; }

# Fails unless whoever gets the signal may be sent it, and handles its number $1: PID 1 would never see it, any other process would die of it.
heeded() {
  receivers "$2" || fail nobody
  for pid in $receivers; do
    kill -0 $pid 2>/dev/null || unfit powerless
    [ $1 -eq 0 ] || heeds $pid $1 || unfit deaf
  done
}
unfit() {
  comm=
  named $pid ''
  [ ! -d "/proc/$pid" ] || fail $1 $pid "$comm"
}
# A process that has just started has no handlers yet, and one that is on its way out of a wait shows neither its wait nor what it blocks:
# looked at a few times. Fractions of a second are not POSIX.
heeds() {
  for pause in 0.3 0.3 ''; do
    shows "$@" && return 0
    [ -z "$pause" ] || sleep $pause 2>/dev/null || sleep 1
  done
  return 1
}
# A blocked signal is one that is waited for: so do programs with signalfd, or with a thread in sigwait. While a process itself sits in
# sigtimedwait, as tini does, the kernel shows nothing blocked. The last eight digits are signals 1 to 32.
shows() {
  value=
  { IFS= read -r value <"/proc/$1/wchan"; } 2>/dev/null
  case $value in *sigtimedwait*) return 0 ;; esac
  for set in SigCgt SigBlk; do
    status_of $1 $set
    value=\${value#????????}
    [ -n "$value" ] || return 0
    [ $((0x$value >> ($2 - 1) & 1)) -eq 0 ] || return 0
  done
  return 1
}
`;
