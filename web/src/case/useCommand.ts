/** Sending one command: by the version its author saw, and with what changed when that is no longer the last. */
import { useState } from "react";
import { command as send } from "../api/api.ts";
import { ApiError } from "../api/http.ts";
import { useStore } from "../app/live.tsx";
import type { CaseFull, Item } from "../live/wire.ts";
import { bodyOf, type Command, type Draft, keepDraft } from "./commands.ts";

export interface Changed {
	version: number;
	items: readonly Item[];
}

export type Outcome =
	| { kind: "idle" | "sending" }
	| { kind: "changed"; changed: Changed }
	| { kind: "failed"; error: unknown };

export function useCommand(full: CaseFull, onDone: (command: Command) => void) {
	const store = useStore();
	const [outcome, setOutcome] = useState<Outcome>({ kind: "idle" });

	async function run(command: Command, draft: Draft, version: number): Promise<void> {
		setOutcome({ kind: "sending" });
		try {
			const row = await send(full.case.id, command.name, bodyOf(command, draft, version));
			keepDraft(full.case.id, command.name, null);
			store.push({ type: "rows", rows: [row] });
			setOutcome({ kind: "idle" });
			onDone(command);
		} catch (error) {
			setOutcome(read(error));
		}
	}

	function read(error: unknown): Outcome {
		if (!(error instanceof ApiError) || error.code !== "stale_version") return { kind: "failed", error };
		const { current, changed } = error.problem;
		if (current === null) return { kind: "failed", error };
		store.push({ type: "rows", rows: [current] });
		return { kind: "changed", changed: { version: current.version, items: changed } };
	}

	return { outcome, run, clear: () => setOutcome({ kind: "idle" }) };
}
