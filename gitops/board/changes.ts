import { randomUUID } from "node:crypto";
import type { Board, Row } from "./model/board";
import { eventsView, lanesView, othersView } from "./page/parts";
import { rowView } from "./page/row";
import type { View } from "./page/view";

/** What a page has to take over. */
export interface Update {
  /** The place in the changes that a page is at then. */
  readonly id: string;
  /** The services that changed, as HTML. */
  readonly rows: Readonly<Record<string, string>>;
  /** All services in their order; those that a page has beside them are gone. */
  readonly order: readonly string[];
  /** Other parts of the page that changed, by the element's id, as HTML. */
  readonly parts: Readonly<Record<string, string>>;
  /** What to tell those who do not see the page; null: nothing. */
  readonly news: string | null;
}

/** A piece of the page, and the change that made it what it is. */
interface Piece {
  readonly says: string;
  readonly version: number;
}

/** Numbers the changes of a board, so that each page is sent what it lacks and no more. */
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

  /** The place that a page is at which shows the board as it is now. */
  get id(): string {
    return `${this.run}-${this.version}`;
  }

  /** The board as it was taken last. */
  get latest(): Board {
    return this.board;
  }

  /** Takes what the board is now. Returns whether a page has to know. */
  take(board: Board): boolean {
    const next = this.version + 1;
    let changed = board.rows.length !== this.rows.size;
    const piece = (before: Piece | undefined, content: unknown): Piece => {
      const says = JSON.stringify(content);
      if (before?.says === says) return before;
      changed = true;
      return { says, version: next };
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
   * What a page lacks.
   * @param id The place that it is at. One of another run of the server lacks everything.
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

const NEVER: Piece = { says: "", version: -1 };

function newsOf({ about, kind, environment, text }: Board["events"][number]): string {
  return `${about ?? ""} ${kind}${environment === null ? "" : ` in ${environment}`}: ${text}`;
}
