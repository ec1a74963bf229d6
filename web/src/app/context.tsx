/** Who I am and the names behind codes: the same for the whole page while it is open. */
import { createContext, type ReactNode, use, useEffect, useMemo, useState } from "react";
import { readReference } from "../api/api.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { pickName } from "../i18n/translate.ts";
import { useLive } from "./live.tsx";
import type { Reference, Session } from "../live/wire.ts";
import { unitTree, type UnitTree } from "./units.ts";

type User = Session["user"];
const UserContext = createContext<User | null>(null);
const NamesContext = createContext<{ reference: Reference | null; tree: UnitTree }>({
	reference: null,
	tree: unitTree([]),
});

export function UserProvider({ user, children }: { user: User; children: ReactNode }) {
	return <UserContext value={user}>{children}</UserContext>;
}

export function useUser(): User {
	const user = use(UserContext);
	if (user === null) throw new Error("no user above this component");
	return user;
}

/** Read again at every reconnection: names may have changed with a new version of the server. */
export function NamesProvider({ children }: { children: ReactNode }) {
	const [reference, setReference] = useState<Reference | null>(null);
	const snapshots = useLive((state) => state.snapshots);
	useEffect(() => {
		let current = true;
		readReference().then(
			(got) => current && setReference(got),
			(error: unknown) => console.error("reference not read", error),
		);
		return () => {
			current = false;
		};
	}, [snapshots]);
	const value = useMemo(() => ({ reference, tree: unitTree(reference?.units ?? []) }), [reference]);
	return <NamesContext value={value}>{children}</NamesContext>;
}

export function useNames() {
	const { reference, tree } = use(NamesContext);
	const { language } = useI18n();
	return useMemo(() => {
		const namer = (list: readonly Reference["skills"][number][]) => {
			const byCode = new Map(list.map((named) => [named.code, named]));
			return (code: string | null): string => {
				const named = code === null ? undefined : byCode.get(code);
				return named === undefined ? (code ?? "") : pickName(language, named);
			};
		};
		return {
			tree,
			units: reference?.units ?? [],
			unit: namer(reference?.units ?? []),
			categories: reference?.categories ?? [],
			category: namer(reference?.categories ?? []),
			skill: namer(reference?.skills ?? []),
		};
	}, [reference, tree, language]);
}
