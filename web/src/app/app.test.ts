import { describe, expect, it } from "vitest";
import { casesPath } from "../api/api.ts";
import { ApiError, plainError } from "../api/http.ts";
import { translate } from "../i18n/translate.ts";
import { problem } from "../live/wire.ts";
import { explain } from "./failure.ts";
import { guessLanguage, parsePrefs } from "./prefs.ts";
import { caseOf } from "./route.ts";

describe("preferences", () => {
	it.each([null, "", "{", "7", "null", '{"language":"xx","theme":3}'])("survive %j", (text) => {
		expect(parsePrefs(text)).toMatchObject({ language: null, theme: "auto", letterKeys: true });
	});

	it("are read back", () => {
		expect(parsePrefs('{"language":"ru","theme":"dark","letterKeys":false}')).toMatchObject({ language: "ru", theme: "dark", letterKeys: false });
	});

	it("start in the browser's language, else in Chinese", () => {
		expect([["zh-TW"], ["fr", "ru-RU"], ["en-GB"], ["fr"], []].map(guessLanguage)).toEqual(["zh-CN", "ru", "en", "zh-CN", "zh-CN"]);
	});
});

it.each([
	["#/case/261123-00417-5", "261123-00417-5"],
	["#/case/", null],
	["#/case/%E0%A4%A", null],
	["#/other", null],
	["", null],
])("the address %s opens %s", (hash, number) => {
	expect(caseOf(hash)).toBe(number);
});

it("escapes what it asks for", () => {
	expect(casesPath({ q: "a&b=c", view: "open", state: "" }, 50)).toBe("/api/v1/cases?q=a%26b%3Dc&view=open&limit=50");
});

it("explains every failure in the reader's language", () => {
	const en: Parameters<typeof explain>[0] = (key, values) => translate("en", key, values);
	expect(explain(en, plainError("offline"))).toBe("The server cannot be reached.");
	expect(explain(en, plainError("teapot"))).toBe("That did not work (teapot).");
	expect(explain(en, new ApiError(problem({ code: "invalid", detail: "text: at most 4000" }, ""), null))).toContain("at most 4000");
	expect(explain(en, new TypeError("bug"))).toBe("That did not work (page).");
});
