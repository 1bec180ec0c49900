# fish drive.fish SCRIPT <LINES prints "== LINE" and the candidates of each line. Those of a
# line that begins with "!" are quoted as fish puts them on the command line.
source $argv[1]
while read -l line
    echo "== $line"
    if string match -q '!*' -- $line
        complete --escape -C "netstat "(string sub -s 2 -- $line) | string replace -r '\t.*' ''
    else
        complete -C "netstat $line" | string replace -r '\t.*' ''
    end
end
exit 0
