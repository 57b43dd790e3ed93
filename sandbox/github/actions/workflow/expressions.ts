import type * as Library from "@actions/expressions";
import type * as Results from "@actions/expressions/result";

/** Contexts by name: what an expression can ask for. A name that is not here is refused, as on GitHub. */
export type Contexts = Record<string, unknown>;

/** How things stand, for success(), failure(), cancelled() and always(). */
export interface Progress {
  /** `success` while nothing that counts has failed. */
  status: "success" | "failure" | "cancelled" | "skipped";
}

// The strings of an expression may hold `}}`.
const EXPRESSION = /\$\{\{((?:'[^']*'|[^'}]|\}(?!\}))*)\}\}/g;

/** Evaluates GitHub's expressions, by GitHub's own library. */
export class Expressions {
  private constructor(
    private readonly library: typeof Library,
    private readonly results: typeof Results,
  ) {}

  /** Load the library: it is an ES module that only an import() finds. */
  static async load(): Promise<Expressions> {
    return new Expressions(await import("@actions/expressions"), await import("@actions/expressions/result"));
  }

  /** A text with each `${{ }}` in it replaced by its value. Throws where an expression is not valid. */
  text(template: string, contexts: Contexts, progress?: Progress): string {
    return template.replace(EXPRESSION, (_whole, expression: string) =>
      this.evaluate(expression, contexts, progress).coerceString(),
    );
  }

  /** All values of a map. */
  texts(templates: Record<string, string>, contexts: Contexts): Record<string, string> {
    return Object.fromEntries(Object.entries(templates).map(([key, value]) => [key, this.text(value, contexts)]));
  }

  /**
   * Whether a condition (`if:`) holds. Without one, and before one that does not ask itself how things stand, success()
   * is meant.
   */
  condition(written: string | undefined, contexts: Contexts, progress: Progress): boolean {
    const bare = (written ?? "").trim();
    const template = /^\$\{\{((?:'[^']*'|[^'}]|\}(?!\}))*)\}\}$/.exec(bare);
    const expression = template?.[1] ?? bare;
    if (expression.trim() === "") return progress.status === "success";
    const asks = /\b(success|failure|cancelled|always)\s*\(/i.test(expression.replace(/'[^']*'/g, ""));
    if (!asks && progress.status !== "success") return false;
    // A text around several expressions is true unless it is empty, as on GitHub.
    if (!template && bare.includes("${{")) return this.text(bare, contexts, progress) !== "";
    return this.results.truthy(this.evaluate(expression, contexts, progress));
  }

  private evaluate(expression: string, contexts: Contexts, progress?: Progress): Library.data.ExpressionData {
    const { Lexer, Parser, Evaluator, data } = this.library;
    const functions = new Map(
      Object.entries(progress ? statusFunctions(progress) : {}).map(([name, value]) => {
        const call = () => new data.BooleanData(value);
        return [name, { name, minArgs: 0, maxArgs: 0, call }];
      }),
    );
    try {
      const { tokens } = new Lexer(expression).lex();
      const tree = new Parser(tokens, Object.keys(contexts), [...functions.values()]).parse();
      const values = JSON.parse(JSON.stringify(contexts), data.reviver) as Library.data.Dictionary;
      return new Evaluator(tree, values, functions).evaluate();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`expression: got \${{${expression}}}; expected one that GitHub takes (${reason}). Correct it.`, {
        cause: error,
      });
    }
  }
}

function statusFunctions({ status }: Progress): Record<string, boolean> {
  return {
    success: status === "success",
    failure: status === "failure",
    cancelled: status === "cancelled",
    always: true,
  };
}
