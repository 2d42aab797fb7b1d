import { processFunctions } from './process-functions.ts';

/**
 * The program that one exec runs in the container to run a tool there, for any POSIX shell: its arguments are the number of bytes of the
 * tool's own stdin, and the tool's argv. These bytes come on stdin; the end of the stream says that nobody waits any more, for the agent
 * has died: the tool is ended then, with all that it started.
 *
 * Two halves of one pipeline, so that the shell waits for both and leaves no zombie to a PID 1 that does not reap: the left one hands on
 * the bytes and then awaits the end of the stream; the right one is the tool, and ends the left one behind itself. Both in the
 * foreground, for what a shell starts in the background ignores INT and QUIT, as would a daemon that the tool starts. The shell says
 * of each process that a signal ended that it did; hence the tool's stderr on a descriptor of its own.
 */
export const toolScript = `
printf 'windlass-pid-%s\\n' $$ >&2
${processFunctions}
hand_on() {
  [ $1 -eq 0 ] || dd bs=65536 count=$1 iflag=fullblock
  [ $2 -eq 0 ] || dd bs=$2 count=1 iflag=fullblock
}
# Ends those of the processes named but this shell and the first one.
end() {
  read -r me rest </proc/self/stat
  for one do
    [ $one = $$ ] || [ $one = $me ] || kill -KILL $one
  done
}
exec 3>&2 2>/dev/null
{
  hand_on $(($1 / 65536)) $(($1 % 65536))
  exec >/dev/null
  read -r over
  family_of $$
  end $family
} | {
  shift
  ( exec 2>&3 3>&-; exec "$@" )
  status=$? halves=
  read -r halves </proc/$$/task/$$/children
  [ -n "$halves" ] || { family_of $$; halves=$family; }
  end $halves
  exit $status
}
`;
