/** What a journal row says in a few words, from data whose shape depends on the event. */
import { type Item, type CaseFull } from "../live/wire.ts";

type People = ReadonlyMap<number, string>;

export function peopleOf(full: CaseFull): People {
	const people = new Map<number, string>();
	const add = (person: { id: number | null; name: string | null } | null) => {
		if (person !== null && person.id !== null && person.name) people.set(person.id, person.name);
	};
	for (const item of full.timeline) if (item.actor.kind !== "enterprise") add(item.actor);
	for (const candidate of full.why?.candidates ?? []) add(candidate);
	add(full.case.first_asked);
	for (const party of full.parties) add(party.coordinator);
	add(full.case.coordinator);
	return people;
}

function text(value: unknown): string | null {
	return typeof value === "string" && value !== "" ? value : null;
}

/** Who was meant: a name, a person, or only an id that someone else on the case explains. */
export function personOf(data: Item["data"], people: People): string | null {
	for (const value of [data["coordinator"], data["to"], data["coordinator_id"]]) {
		if (typeof value === "number") return people.get(value) ?? null;
		if (typeof value === "object" && value !== null && "name" in value) return text(value.name);
	}
	return text(data["coordinator_name"]) ?? text(data["to_name"]) ?? text(data["to"]);
}

/** A code in the data that says which one: a clock, an outcome, a result of a call. */
export function codeOf(item: Item): { prefix: "clock" | "outcome" | "call"; code: string } | null {
	const { data, event } = item;
	const clock = text(data["clock"]) ?? text(data["kind"]);
	if (["warned", "breached", "late", "escalated", "rebased", "extension_asked", "extended"].includes(event) && clock !== null) return { prefix: "clock", code: clock };
	const outcome = text(data["outcome"]);
	if (event === "closed" && outcome !== null) return { prefix: "outcome", code: outcome };
	const result = text(data["result"]);
	if (event === "call_attempted" && result !== null) return { prefix: "call", code: result };
	return null;
}

/** The number of the other case in a merge or link. */
export function otherOf(data: Item["data"]): string | null {
	return text(data["into_number"]) ?? text(data["other_number"]);
}

export function reasonOf(data: Item["data"]): string | null {
	return text(data["reason"]) ?? text(data["note"]);
}
