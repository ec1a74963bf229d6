# shellcheck shell=bash disable=SC2034,SC2154
# supervise.sh -- keeps named processes running; sourced by run.
# The caller gives: run (folder with log/ and pid/), become NAME (ends in `alone COMMAND...`), close_inherited (closes what
# children must not hold).
declare -A name_of=() pid_of=() begun=() failures=()

# Becomes the command in a session of its own: Ctrl-C reaches the runner alone, which stops things in order. If the runner
# itself is killed, the kernel ends its children. The delay is slept here, so that the runner never waits for one process only.
alone() { exec setsid setpriv --pdeathsig TERM bash -c 'sleep "$0"; exec "$@"' "$delay" "$@"; }

launch() { # NAME [DELAY]
	local name=$1 delay=${2:-0}
	(
		exec </dev/null >>"$run/log/$name.log" 2>&1
		close_inherited
		trap - INT TERM HUP
		become "$name"
	) &
	name_of[$!]=$name pid_of[$name]=$! begun[$name]=$SECONDS
	echo $! >"$run/pid/$name"
}

# A step of the start: a function in a process of its own, whose end the runner is told like any other.
step() { # FUNCTION
	(close_inherited && "$1") &
	name_of[$!]=$1 pid_of[$1]=$!
}

# Again after 0.2 s, 0.4 s ... 5 s; a process that lived for ten seconds begins anew.
relaunch() { # NAME STATUS
	local name=$1 n=${failures[$1]:-0} ms
	((SECONDS - begun[$name] < 10)) || n=0
	failures[$name]=$((n + 1))
	ms=$((200 << (n < 5 ? n : 5)))
	((ms <= 5000)) || ms=5000
	say "$name ended with status $2, starts again in $ms ms (log: $run/log/$name.log)"
	launch "$name" "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
}

# Asks the named processes to stop, waits ten seconds for all of them, then insists.
stop() { # SIGNAL NAME...
	local signal=$1 name pid ended patience pids=() left=()
	shift
	for name in "$@"; do
		pid=${pid_of[$name]:-}
		[ -n "$pid" ] || continue
		pids+=("$pid")
		kill -s "$signal" -- "-$pid" 2>/dev/null || kill -s "$signal" "$pid" 2>/dev/null || true
	done
	[ ${#pids[@]} -gt 0 ] || return 0
	(close_inherited && exec sleep 10) &
	patience=$!
	while [ ${#pids[@]} -gt 0 ]; do
		ended=
		wait -n -p ended "${pids[@]}" "$patience" || true
		[ -n "$ended" ] && [ "$ended" != "$patience" ] || break
		left=()
		for pid in "${pids[@]}"; do [ "$pid" = "$ended" ] || left+=("$pid"); done
		pids=("${left[@]}")
	done
	kill -KILL "$patience" 2>/dev/null || true
	wait "$patience" 2>/dev/null || true
	for pid in "${pids[@]}"; do kill -KILL -- "-$pid" 2>/dev/null || true; done
	for name in "$@"; do unset "pid_of[$name]"; done
}
