import type { ReactNode } from "react";

export function Section({ title, testId, children }: { title: string; testId?: string; children: ReactNode }) {
	return (
		<section className="part" data-testid={testId}>
			<h3>{title}</h3>
			{children}
		</section>
	);
}

export function Facts({ facts }: { facts: readonly (readonly [string, ReactNode] | null | false)[] }) {
	return (
		<dl className="facts">
			{facts.map(
				(fact) =>
					fact && (
						<div key={fact[0]}>
							<dt>{fact[0]}</dt>
							<dd>{fact[1]}</dd>
						</div>
					),
			)}
		</dl>
	);
}
