/** What a page is drawn for. */
export interface View {
  /** The repository's page, which links lead into. */
  readonly url: string;
  /** When it is drawn, in milliseconds: ages count to then. */
  readonly now: number;
}

/** A commit's page. */
export function commitUrl({ url }: View, commit: string): string {
  return `${url}/commit/${commit}`;
}

/** A pull request's page. */
export function pullUrl({ url }: View, number: number): string {
  return `${url}/pull/${number}`;
}
