# bash drive.bash SCRIPT LINE WORD… completes the last word and prints "== LINE" and the
# candidates. The words are those of bash, which cuts a line at = and :.
source "$1"
line=$2
COMP_WORDS=(netstat "${@:3}") COMP_CWORD=$(($# - 2))
_netstat
printf '== %s\n' "$line"
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
