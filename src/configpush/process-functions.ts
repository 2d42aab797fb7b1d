/** Shell functions that look at and end processes, for the script that installs files and for what is run beside it. */
export const processFunctions = `
# Reads the field $2 of the process $1 into value.
status_of() {
  value=
  { while read -r key value; do [ "$key" != "$2:" ] || return 0; done <"/proc/$1/status"; } 2>/dev/null
  value=
}

# The process $1 and all below it into family.
family_of() {
  family=" $1 " grown=1
  while [ -n "$grown" ]; do
    grown=
    for entry in /proc/[0-9]*; do
      case $family in *" \${entry##*/} "*) continue ;; esac
      status_of "\${entry##*/}" PPid
      case $family in *" $value "*) family="$family\${entry##*/} " grown=1 ;; esac
    done
  done
}

# Ends the process $1 and all that it started, the latter even where it has gone on by itself in between.
slay() {
  family_of "$1"
  kill -KILL $family 2>/dev/null
}

# Whether the process $1 is another one that installs files (install-functions.ts): what it has staged is its own still. Quoted as here
# the words are not in the arguments of whoever else has this function.
runs() {
  [ "$1" != $$ ] && kill -0 "$1" 2>/dev/null || return
  case $(tr '\\0' ' ' <"/proc/$1/cmdline") in *windlass-"end-"*) ;; *) return 1 ;; esac
}
`;
