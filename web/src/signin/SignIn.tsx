import { Alert, Button, Input } from "antd";
import { type FormEvent, useEffect, useId, useState } from "react";
import { readSignInWays, signIn } from "../api/api.ts";
import { ApiError } from "../api/http.ts";
import { Brand } from "../app/Brand.tsx";
import { LanguageChooser, ThemeButton } from "../app/Choosers.tsx";
import { explain } from "../app/failure.ts";
import { useI18n } from "../i18n/i18n.tsx";
import type { Session, SignInWays } from "../live/wire.ts";
import "./signin.css";

type Failure =
	| { kind: "needed" | "bad" | "code" | "badCode" | "refused" | "unavailable" }
	| { kind: "throttled"; until: number } | { kind: "other"; error: unknown };

function failureOf(error: unknown): Failure {
	if (error instanceof ApiError && error.code === "bad_credentials") return { kind: "bad" };
	if (error instanceof ApiError && error.code === "second_factor") return { kind: "code" };
	if (error instanceof ApiError && error.code === "bad_code") return { kind: "badCode" };
	if (error instanceof ApiError && error.code === "throttled")
		return { kind: "throttled", until: Date.now() + (error.retryAfterS ?? 30) * 1000 };
	return { kind: "other", error };
}

/** What a sign-in elsewhere came to, when it sent the browser back here without a session. */
function cameBack(): Failure | null {
	const said = new URLSearchParams(location.search).get("signin");
	return said === "refused" || said === "unavailable" ? { kind: said } : null;
}

/** Without an answer the password is the only way: nothing to tell anybody. */
function useWays(): SignInWays["oidc"] {
	const [oidc, setOidc] = useState<SignInWays["oidc"]>(null);
	useEffect(() => {
		let current = true;
		readSignInWays().then(
			(ways) => current && setOidc(ways.oidc),
			() => {},
		);
		return () => {
			current = false;
		};
	}, []);
	return oidc;
}

/** Seconds until `until`, counting down; 0 when it has passed. */
function useCountdown(until: number | null): number {
	const [now, setNow] = useState(() => Date.now());
	useEffect(() => {
		if (until === null) return;
		setNow(Date.now());
		const timer = setInterval(() => setNow(Date.now()), 1000);
		return () => clearInterval(timer);
	}, [until]);
	return until === null ? 0 : Math.max(0, Math.ceil((until - now) / 1000));
}

function useSignIn(onSignedIn: (session: Session) => void) {
	const [busy, setBusy] = useState(false);
	const [failure, setFailure] = useState<Failure | null>(cameBack);
	const [withCode, setWithCode] = useState(false);
	async function submit(event: FormEvent<HTMLFormElement>) {
		event.preventDefault();
		const form = new FormData(event.currentTarget);
		const login = String(form.get("login") ?? "").trim();
		const password = String(form.get("password") ?? "");
		const code = String(form.get("code") ?? "").trim();
		if (login === "" || password === "") return setFailure({ kind: "needed" });
		setBusy(true);
		setFailure(null);
		try {
			onSignedIn(await signIn(login, password, code));
		} catch (error) {
			const failed = failureOf(error);
			if (failed.kind === "code") setWithCode(true);
			setFailure(failed);
			setBusy(false);
		}
	}
	return { busy, failure, withCode, submit };
}

function FailureNote({ failure, wait }: { failure: Failure; wait: number }) {
	const { t } = useI18n();
	if (failure.kind === "throttled" && wait === 0) return null;
	const text = {
		needed: () => t("signin.needed"),
		bad: () => t("signin.bad"),
		code: () => t("signin.code.wanted"),
		badCode: () => t("signin.code.bad"),
		refused: () => t("signin.elsewhere.refused"),
		unavailable: () => t("signin.elsewhere.unavailable"),
		throttled: () => t("signin.throttled", { n: wait }),
		other: () => explain(t, failure.kind === "other" ? failure.error : null),
	}[failure.kind]();
	return <Alert type={failure.kind === "code" ? "info" : "error"} showIcon title={text} role="alert" />;
}

export function SignIn({ again, onSignedIn }: { again: boolean; onSignedIn: (session: Session) => void }) {
	const { t } = useI18n();
	const { busy, failure, withCode, submit } = useSignIn(onSignedIn);
	const wait = useCountdown(failure?.kind === "throttled" ? failure.until : null);
	const oidc = useWays();
	const base = useId();
	return (
		<div className="signin">
			<section className="signin-side">
				<Brand />
				<p className="signin-promise">{t("brand.promise")}</p>
				<p className="signin-authority">{t("brand.authority")}</p>
			</section>
			<main className="signin-main">
				<div className="signin-choices">
					<LanguageChooser />
					<ThemeButton />
				</div>
				<form className="signin-form" data-testid="signin-form" onSubmit={submit} noValidate>
					<h1>{t("signin.title")}</h1>
					{again && failure === null && <Alert type="info" showIcon title={t("signin.again")} role="status" />}
					{failure !== null && <FailureNote failure={failure} wait={wait} />}
					<label htmlFor={`${base}-login`}>{t("signin.login")}</label>
					<Input id={`${base}-login`} name="login" size="large" autoComplete="username" autoFocus maxLength={64} />
					<label htmlFor={`${base}-password`}>{t("signin.password")}</label>
					<Input.Password
						id={`${base}-password`}
						name="password"
						size="large"
						autoComplete="current-password"
						maxLength={256}
					/>
					{withCode && (
						<>
							<label htmlFor={`${base}-code`}>{t("signin.code")}</label>
							<Input
								id={`${base}-code`}
								name="code"
								size="large"
								autoComplete="one-time-code"
								autoFocus
								maxLength={24}
								spellCheck={false}
							/>
						</>
					)}
					<Button type="primary" size="large" htmlType="submit" loading={busy} disabled={wait > 0} block>
						{t("signin.submit")}
					</Button>
					{oidc !== null && (
						<Button size="large" href={oidc.path} data-testid="signin-elsewhere" block>
							{t("signin.elsewhere", { name: oidc.name })}
						</Button>
					)}
				</form>
			</main>
		</div>
	);
}
