import { type Decoder, type Of } from "../live/decode.ts";
import { type Problem, problem } from "../live/wire.ts";

const TIMEOUT_MS = 15_000;

/** What the server, or the lack of one, answered instead of the thing asked for. */
export class ApiError extends Error {
	readonly problem: Problem;
	readonly retryAfterS: number | null;

	constructor(found: Problem, retryAfterS: number | null) {
		super(found.detail || found.title || found.code);
		this.name = "ApiError";
		this.problem = found;
		this.retryAfterS = retryAfterS;
	}

	get code(): string {
		return this.problem.code;
	}
}

const blank: Problem = problem({}, "");

export function plainError(code: string, status = 0): ApiError {
	return new ApiError({ ...blank, code, status }, null);
}

let csrf = "";
let onSignedOut: () => void = () => {};

export function keepCsrf(token: string): void {
	csrf = token;
}

/** Called once for any answer that says the session is over. */
export function whenSignedOut(run: () => void): void {
	onSignedOut = run;
}

async function readProblem(response: Response): Promise<ApiError> {
	const retry = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
	let found: Problem;
	try {
		found = problem(await response.json(), "");
	} catch {
		found = { ...blank, code: response.status >= 500 ? "unavailable" : "internal" };
	}
	return new ApiError({ ...found, status: response.status }, Number.isNaN(retry) ? null : retry);
}

type Method = "GET" | "POST" | "DELETE";

async function send(method: Method, path: string, body: unknown): Promise<Response> {
	const headers: Record<string, string> = { Accept: "application/json" };
	if (method !== "GET") headers["X-CSRF-Token"] = csrf;
	if (body !== undefined) headers["Content-Type"] = "application/json";
	const init: RequestInit = { method, headers, credentials: "same-origin", signal: AbortSignal.timeout(TIMEOUT_MS) };
	if (body !== undefined) init.body = JSON.stringify(body);
	try {
		return await fetch(path, init);
	} catch {
		throw plainError("offline");
	}
}

export async function call<D extends Decoder<unknown>>(
	method: Method,
	path: string,
	decode: D,
	body?: unknown,
): Promise<Of<D>> {
	const response = await send(method, path, body);
	if (!response.ok) {
		const error = await readProblem(response);
		if (error.code === "unauthenticated") onSignedOut();
		throw error;
	}
	const value: unknown = response.status === 204 ? null : await response.json();
	return decode(value, "") as Of<D>;
}
