# Rows of card_ids.txt to rows of C; a row that cannot be right ends the build.
/^#/ || NF == 0 { next }
NF < 4 || $1 !~ /^[0-9a-f][0-9a-f][0-9a-f][0-9a-f]$/ || $2 !~ /^[0-9a-f][0-9a-f][0-9a-f][0-9a-f]$/ ||
    $3 !~ /^(management|user|golden)$/ || seen[$1 $2]++ {
    print FILENAME ":" FNR ": a row is VENDOR DEVICE management|user|golden FAMILY, each id once" > "/dev/stderr"
    exit 1
}
{
    family = $4
    for (i = 5; i <= NF; i++) family = family " " $i
    printf "{0x%s, 0x%s, PCIE_ROLE_%s, \"%s\"},\n", $1, $2, toupper($3), family
}
