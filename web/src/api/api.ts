/** The requests this page makes, one function each. */
import {
	casePage, caseFull, commandAnswer, type Reference, reference, rosterAnswer, type Row, type Session, session, signInWays,
} from "../live/wire.ts";
import { call, keepCsrf } from "./http.ts";

const nothing = () => null;

async function withCsrf(answer: Promise<Session>): Promise<Session> {
	const got = await answer;
	keepCsrf(got.csrf);
	return got;
}

/** code: of the second factor, when the account has one. */
export const signIn = (login: string, password: string, code = "") =>
	withCsrf(call("POST", "/api/v1/session", session, code === "" ? { login, password } : { login, password, code }));
export const readSignInWays = () => call("GET", "/api/v1/sign-in", signInWays);
export const readSession = () => withCsrf(call("GET", "/api/v1/session", session));
export const signOut = () => call("DELETE", "/api/v1/session", nothing);

export const readReference = (): Promise<Reference> => call("GET", "/api/v1/reference", reference);
export const readRoster = () => call("GET", "/api/v1/roster", rosterAnswer);
export const readCase = (key: number | string) => call("GET", `/api/v1/cases/${encodeURIComponent(key)}`, caseFull);

export type CaseQuery = Partial<Record<"view" | "state" | "unit" | "coordinator" | "overdue" | "q" | "after", string>>;

export function casesPath(query: CaseQuery, limit: number): string {
	const params = new URLSearchParams();
	for (const [name, value] of Object.entries(query)) if (value) params.set(name, value);
	params.set("limit", String(limit));
	return `/api/v1/cases?${params}`;
}

export const readCases = (query: CaseQuery, limit = 100) => call("GET", casesPath(query, limit), casePage);

export async function command(id: number, action: string, body: Record<string, unknown>): Promise<Row> {
	return (await call("POST", `/api/v1/cases/${id}/${encodeURIComponent(action)}`, commandAnswer, body)).case;
}
