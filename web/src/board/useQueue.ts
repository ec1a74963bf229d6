/** The rows to show: live ones that match, in an order that holds still while someone is in the list. */
import { useEffect, useMemo, useRef, useState } from "react";
import { readCases } from "../api/api.ts";
import { useNames, useUser } from "../app/context.tsx";
import { useLive, useNow, useStore } from "../app/live.tsx";
import { isOpen } from "../live/store.ts";
import { type Filter, isFiltered, matches, type Seen, toQuery } from "./filter.ts";
import { countChanges, type Entry, order, refreshHeld } from "./order.ts";

export interface More {
	reading: boolean;
	error: unknown;
	hasNext: boolean;
	read(): void;
}

interface Pages {
	found: ReadonlySet<number>;
	next: string | null;
	reading: boolean;
	error: unknown;
}

const NO_PAGES: Pages = { found: new Set(), next: null, reading: false, error: null };
/** A typing hand is not asked about at every letter. */
const TYPING_MS = 250;

/** Live rows alone may be too few: the snapshot has a limit, and closed cases are not in it. */
function useServerPages(filter: Filter): Pages & { read(after: string | null): void } {
	const store = useStore();
	const snapshots = useLive((state) => state.snapshots);
	const complete = useLive((state) => countOpen(state.rows) >= state.total);
	const needed = snapshots > 0 && (filter.closed || filter.text.trim() !== "" || filter.overdue || !complete);
	const [pages, setPages] = useState<Pages>(NO_PAGES);
	const turn = useRef(0);
	const query = useMemo(() => toQuery(filter), [filter]);

	async function read(after: string | null) {
		const mine = ++turn.current;
		setPages((old) => ({ ...old, reading: true, error: null }));
		try {
			const page = await readCases(after === null ? query : { ...query, after });
			if (mine !== turn.current) return;
			store.push({ type: "rows", rows: page.items });
			setPages((old) => ({
				found: new Set([...(after === null ? [] : old.found), ...page.items.map((row) => row.id)]),
				next: page.next,
				reading: false,
				error: null,
			}));
		} catch (error) {
			if (mine === turn.current) setPages((old) => ({ ...old, reading: false, error }));
		}
	}

	useEffect(() => {
		setPages(NO_PAGES);
		turn.current++;
		if (!needed) return;
		const timer = setTimeout(() => void read(null), filter.text === "" ? 0 : TYPING_MS);
		return () => clearTimeout(timer);
		// `complete` flickers as cases come and go; asking again for that alone would be noise.
	}, [query, snapshots, needed && (filter.closed || isFiltered(filter))]);

	return { ...pages, read };
}

function countOpen(rows: ReadonlyMap<number, { state: Parameters<typeof isOpen>[0]["state"] }>): number {
	let n = 0;
	for (const row of rows.values()) if (isOpen(row)) n++;
	return n;
}

export interface Queue {
	entries: readonly Entry[];
	pending: number;
	release(): void;
	more: More;
}

export function useQueue(filter: Filter, held: boolean): Queue {
	const rows = useLive((state) => state.rows);
	const { tree } = useNames();
	const user = useUser();
	// Minutes matter for "overdue" and "today", seconds do not.
	const now = useNow(15_000);
	const { read, ...pages } = useServerPages(filter);

	const fresh = useMemo(() => {
		const seen: Seen = { coordinatorId: user.coordinator_id, now, tree, found: pages.found };
		return order([...rows.values()].filter((row) => matches(row, filter, seen)));
	}, [rows, filter, tree, user, now, pages.found]);

	const shown = useRef<{ filter: Filter; found: ReadonlySet<number>; entries: readonly Entry[] } | null>(null);
	const [, redraw] = useState(0);
	const asked = shown.current;
	const keep = held && asked !== null && asked.filter === filter && asked.found === pages.found && asked.entries.length > 0;
	const entries = keep ? refreshHeld(asked.entries, rows) : fresh;
	const pending = keep ? countChanges(asked.entries, fresh) : 0;
	useEffect(() => {
		if (!keep) shown.current = { filter, found: pages.found, entries: fresh };
	});

	return {
		entries,
		pending,
		release() {
			shown.current = { filter, found: pages.found, entries: fresh };
			redraw((n) => n + 1);
		},
		more: {
			reading: pages.reading,
			error: pages.error,
			hasNext: pages.next !== null,
			read: () => void read(pages.next),
		},
	};
}
