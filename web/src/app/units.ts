/** The tree of organisation units, asked "is this unit under that one?". */
export interface UnitTree {
	isUnder(code: string | null, root: string): boolean;
}

/** Deeper than any real tree; a loop in the data ends here. */
const DEPTH_MAX = 12;

export function unitTree(units: readonly { code: string; parent: string | null }[]): UnitTree {
	const parents = new Map(units.map((unit) => [unit.code, unit.parent]));
	return {
		isUnder(code, root) {
			let at = code;
			for (let depth = 0; at !== null && depth < DEPTH_MAX; depth++) {
				if (at === root) return true;
				at = parents.get(at) ?? null;
			}
			return false;
		},
	};
}
