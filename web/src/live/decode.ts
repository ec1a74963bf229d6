/**
 * Decoders: a value of unknown origin becomes a typed value or a DecodeError that names the member.
 * Members nobody asked for are ignored, so the server may add some at any time.
 */
export class DecodeError extends Error {
	constructor(path: string, wanted: string) {
		super(`${path || "message"}: ${wanted} expected`);
		this.name = "DecodeError";
	}
}

export type Decoder<T> = (value: unknown, path: string) => T;
export type Of<D> = D extends Decoder<infer T> ? T : never;

/**
 * Controls that could make a text read differently from what it holds (direction overrides, NUL and the like)
 * become a visible mark; tabs and line ends stay.
 */
const DECEIVING = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

export const str: Decoder<string> = (value, path) => {
	if (typeof value !== "string") throw new DecodeError(path, "string");
	return value.replace(DECEIVING, "\ufffd");
};

export const num: Decoder<number> = (value, path) => {
	if (typeof value !== "number" || !Number.isFinite(value)) throw new DecodeError(path, "number");
	return value;
};

/** Identifiers stay exact only below 2^53. */
export const id: Decoder<number> = (value, path) => {
	if (!Number.isSafeInteger(value)) throw new DecodeError(path, "integer below 2^53");
	return value as number;
};

export const bool: Decoder<boolean> = (value, path) => {
	if (typeof value !== "boolean") throw new DecodeError(path, "true or false");
	return value;
};

/** RFC 3339 text becomes milliseconds since 1970. */
export const time: Decoder<number> = (value, path) => {
	const at = typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : Number.NaN;
	if (Number.isNaN(at)) throw new DecodeError(path, "RFC 3339 time");
	return at;
};

export function nullable<T>(inner: Decoder<T>): Decoder<T | null> {
	return (value, path) => (value === null || value === undefined ? null : inner(value, path));
}

/** A member that may be missing, with what its absence means. */
export function or<T>(inner: Decoder<T>, absent: T): Decoder<T> {
	return (value, path) => (value === null || value === undefined ? absent : inner(value, path));
}

export function list<T>(inner: Decoder<T>): Decoder<T[]> {
	return (value, path) => {
		if (!Array.isArray(value)) throw new DecodeError(path, "list");
		return value.map((item, i) => inner(item, `${path}[${i}]`));
	};
}

export function oneOf<const T extends string>(words: readonly T[]): Decoder<T> {
	return (value, path) => {
		if (!words.includes(value as T)) throw new DecodeError(path, `one of ${words.join(", ")}`);
		return value as T;
	};
}

/** A word of a list that may grow: one this page does not know is read as `unknown`. */
export function oneOfOr<const T extends string, const U extends string>(
	words: readonly T[],
	unknown: U,
): Decoder<T | U> {
	return (value, path) => {
		if (typeof value !== "string") throw new DecodeError(path, "string");
		return words.includes(value as T) ? (value as T) : unknown;
	};
}

type Members<S> = { [K in keyof S]: S[K] extends Decoder<infer T> ? T : never };

export function asRecord(value: unknown, path: string): Record<string, unknown> {
	if (typeof value !== "object" || value === null || Array.isArray(value)) throw new DecodeError(path, "object");
	return value as Record<string, unknown>;
}

export function obj<S extends Record<string, Decoder<unknown>>>(shape: S): Decoder<Members<S>> {
	const names = Object.keys(shape);
	return (value, path) => {
		const from = asRecord(value, path);
		const made: Record<string, unknown> = {};
		for (const name of names) made[name] = shape[name]?.(from[name], path ? `${path}.${name}` : name);
		return made as Members<S>;
	};
}

export function mapOf<T>(inner: Decoder<T>): Decoder<Record<string, T>> {
	return (value, path) => {
		const made: Record<string, T> = {};
		for (const [key, item] of Object.entries(asRecord(value, path))) made[key] = inner(item, `${path}.${key}`);
		return made;
	};
}
