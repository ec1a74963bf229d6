import { ApiError } from "../api/http.ts";
import type { Translate } from "../i18n/translate.ts";
import { keyFor } from "../i18n/translate.ts";

/** One sentence for the reader: what did not work, and what to do when something can be done. */
export function explain(t: Translate, error: unknown): string {
	if (!(error instanceof ApiError)) return t("error.other", { code: "page" });
	const { code, detail, field } = error.problem;
	if (code === "invalid") return t("error.invalid", { detail: detail || field || code });
	const key = keyFor("error", code);
	return key === null ? t("error.other", { code }) : t(key);
}
