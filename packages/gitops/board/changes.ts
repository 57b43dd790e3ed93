import { randomUUID } from "node:crypto";
import type { Board, Row } from "./model/board";
import { eventsView, lanesView, othersView } from "./page/parts";
import { rowView } from "./page/row";
import type { View } from "./page/view";

/** The changes that bring a page up to date. */
export interface Update {
  /** The version of the board that the page then shows. */
  readonly id: string;
  /** The changed services, as HTML. */
  readonly rows: Readonly<Record<string, string>>;
  /** All services in order. The page removes any others. */
  readonly order: readonly string[];
  /** Other changed parts of the page as HTML, by the element's id. */
  readonly parts: Readonly<Record<string, string>>;
  /** What a screen reader announces; null: nothing. */
  readonly news: string | null;
}

/** A part of the page, and the version in which it changed last. */
interface Piece {
  readonly json: string;
  readonly version: number;
}

/** Numbers the versions of a board, so that each page receives only the changes that it lacks. */
export class Changes {
  private readonly run = randomUUID().slice(0, 8);
  private version = 0;
  private rows = new Map<string, Piece & { readonly row: Row }>();
  private parts = new Map<string, Piece>();

  constructor(
    private readonly url: string,
    private board: Board,
  ) {
    this.take(board);
  }

  /** Identifies the current version of the board. */
  get id(): string {
    return `${this.run}-${this.version}`;
  }

  get latest(): Board {
    return this.board;
  }

  /** Compares the board with its last version. Returns whether anything on the page changed. */
  take(board: Board): boolean {
    const next = this.version + 1;
    let changed = board.rows.length !== this.rows.size;
    const piece = (before: Piece | undefined, content: unknown): Piece => {
      const json = JSON.stringify(content);
      if (before?.json === json) return before;
      changed = true;
      return { json, version: next };
    };
    this.rows = new Map(board.rows.map((row) => [row.service, { ...piece(this.rows.get(row.service), row), row }]));
    const { lanes, others, events } = board;
    const order = board.rows.map(({ service }) => service);
    this.parts = new Map(
      Object.entries({ lanes, others, events, order }).map(([id, part]) => [id, piece(this.parts.get(id), part)]),
    );
    if (changed) this.version = next;
    this.board = board;
    return changed;
  }

  /**
   * The changes since a version. A page of an earlier run of the server receives everything.
   * @param id the version that the page shows
   */
  since(id: string): Update {
    const [, run, number] = /^(\w+)-(\d+)$/.exec(id) ?? [];
    const known = run === this.run ? Number(number) : -1;
    const { lanes, others, events, rows } = this.board;
    const view: View = { url: this.url, now: Date.now() };
    const isNew = ({ version }: Piece) => version > known;
    const parts = {
      lanes: () => lanesView(lanes),
      others: () => othersView(others, view),
      events: () => eventsView(events, view),
    };
    const [newest] = events;
    const changed = Object.entries(parts).filter(([part]) => isNew(this.parts.get(part) ?? NEVER));
    return {
      id: this.id,
      rows: Object.fromEntries(
        [...this.rows].filter(([, row]) => isNew(row)).map(([name, { row }]) => [name, rowView(row, view).text]),
      ),
      order: rows.map(({ service }) => service),
      parts: Object.fromEntries(changed.map(([part, draw]) => [part, draw().text])),
      news: newest && changed.some(([part]) => part === "events") ? newsOf(newest) : null,
    };
  }
}

const NEVER: Piece = { json: "", version: -1 };

function newsOf({ about, kind, environment, text }: Board["events"][number]): string {
  return `${about ?? ""} ${kind}${environment === null ? "" : ` in ${environment}`}: ${text}`;
}
