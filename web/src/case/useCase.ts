/** One case in full, read again whenever the stream says that it has a newer version. */
import { useCallback, useEffect, useState } from "react";
import { readCase } from "../api/api.ts";
import { useLive, useStore } from "../app/live.tsx";
import type { CaseFull } from "../live/wire.ts";

interface Reading {
	asked: string;
	full: CaseFull | null;
	error: unknown;
}

export function useCase(number: string) {
	const store = useStore();
	const [reading, setReading] = useState<Reading>({ asked: number, full: null, error: null });
	const full = reading.asked === number ? reading.full : null;
	const known = full?.case.version ?? 0;
	const id = full?.case.id ?? null;
	const latest = useLive((state) => (id === null ? 0 : (state.rows.get(id)?.version ?? 0)));
	const snapshots = useLive((state) => state.snapshots);

	const read = useCallback(async () => {
		try {
			const got = await readCase(number);
			store.push({ type: "rows", rows: [got.case] });
			setReading((old) => {
				const older = old.asked === number && old.full !== null && old.full.case.version > got.case.version;
				return older ? old : { asked: number, full: got, error: null };
			});
		} catch (error) {
			setReading((old) => ({ asked: number, full: old.asked === number ? old.full : null, error }));
		}
	}, [number, store]);

	useEffect(() => {
		void read();
	}, [read, snapshots]);
	useEffect(() => {
		if (latest > known && known > 0) void read();
	}, [latest, known, read]);

	return { full, error: reading.asked === number ? reading.error : null, read };
}
