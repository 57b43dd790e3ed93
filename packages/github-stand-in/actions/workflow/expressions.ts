import type * as Library from "@actions/expressions";
import type * as Results from "@actions/expressions/result";

/** Contexts by name. An expression with another name is rejected, as on GitHub. */
export type Contexts = Record<string, unknown>;

/** The status for success(), failure(), cancelled() and always(). */
export interface Progress {
  /** `success` until one of the relevant jobs or steps has failed. */
  status: "success" | "failure" | "cancelled" | "skipped";
}

// Strings in an expression may contain `}}`.
const EXPRESSION = /\$\{\{((?:'[^']*'|[^'}]|\}(?!\}))*)\}\}/g;

/** Evaluates GitHub's expressions with GitHub's own library. */
export class Expressions {
  private constructor(
    private readonly library: typeof Library,
    private readonly results: typeof Results,
  ) {}

  /** Loads the library: it is an ES module, so it needs import(). */
  static async load(): Promise<Expressions> {
    return new Expressions(await import("@actions/expressions"), await import("@actions/expressions/result"));
  }

  /** Replaces each `${{ }}` in a string by its value. Throws for an invalid expression. */
  text(template: string, contexts: Contexts, progress?: Progress): string {
    return template.replace(EXPRESSION, (_whole, expression: string) =>
      this.evaluate(expression, contexts, progress).coerceString(),
    );
  }

  /** Evaluates all values of a map. */
  texts(templates: Record<string, string>, contexts: Contexts): Record<string, string> {
    return Object.fromEntries(Object.entries(templates).map(([key, value]) => [key, this.text(value, contexts)]));
  }

  /**
   * Whether a condition (`if:`) is true. success() is the default, and also applies to a condition that calls no status
   * function.
   */
  condition(written: string | undefined, contexts: Contexts, progress: Progress): boolean {
    const bare = (written ?? "").trim();
    const template = /^\$\{\{((?:'[^']*'|[^'}]|\}(?!\}))*)\}\}$/.exec(bare);
    const expression = template?.[1] ?? bare;
    if (expression.trim() === "") return progress.status === "success";
    const asks = /\b(success|failure|cancelled|always)\s*\(/i.test(expression.replace(/'[^']*'/g, ""));
    if (!asks && progress.status !== "success") return false;
    // As on GitHub, a string with several expressions is true unless it is empty.
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
      throw new Error(`expression: got \${{${expression}}}; expected a valid one (${reason}). Correct it.`, {
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
