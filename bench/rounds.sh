# rounds.sh - comparisons in rounds, for score.sh and trigger.sh: what each side
# took, kept in $work/results, and the lines that are made of it.

# Writes "round side value" to the file of a comparison.  Without a value all
# ends: what should have given it has said why.
note()
{
	[ -n "$4" ] || exit 1
	echo "$2 $3 $4" >>"$work/results/$1"
}

say()
{
	printf '%s %s\n' "$(date +%T)" "$*" >&3
}

# Prints a line: the median of A * FACTOR / B over the rounds, its range, and
# how it stands to the limit.
# usage: line TITLE COMPARISON A B [at-least|at-most LIMIT [FACTOR]]
line()
{
	awk -v title="$1" -v a="$3" -v b="$4" -v sense="${5:-}" -v limit="${6:-}" -v factor="${7:-1}" '
		{ value[$1, $2] = $3; if ($1 > rounds) rounds = $1 }
		END {
			for (i = 1; i <= rounds; i++)
				ratio[i] = factor * value[i, a] / value[i, b]
			for (i = 2; i <= rounds; i++)	# few: insertion sort
				for (j = i; j > 1 && ratio[j] < ratio[j - 1]; j--) {
					swap = ratio[j]; ratio[j] = ratio[j - 1]; ratio[j - 1] = swap
				}
			median = (ratio[int((rounds + 1) / 2)] + ratio[int((rounds + 2) / 2)]) / 2
			verdict = ""
			if (sense == "at-least")
				verdict = sprintf(">= %-5s %s", limit, median >= limit ? "ok" : "MISSED")
			if (sense == "at-most")
				verdict = sprintf("<= %-5s %s", limit, median <= limit ? "ok" : "MISSED")
			printf "%-62s %6.2f  %5.2f .. %-5.2f  %s\n", title, median, ratio[1], ratio[rounds], verdict
		}' "$work/results/$2"
}

# The median of one side, as a number of its own.
median_of()
{
	awk -v side="$2" '$2 == side { print $3 }' "$work/results/$1" | sort -n |
		awk '{ value[NR] = $1 } END { printf "%.0f", (value[int((NR + 1) / 2)] + value[int((NR + 2) / 2)]) / 2 }'
}
