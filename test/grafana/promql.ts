import { parser } from '@prometheus-io/lezer-promql';
import { parser as logParser } from '@grafana/lezer-logql';
import type { SyntaxNode, Tree } from '@lezer/common';

/** Just enough of PromQL's and LogQL's syntax to port the linter's rules, by the grammars of their makers. */

export interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

export class Query {
  readonly #text: string;
  readonly #tree: Tree;

  private constructor(text: string, tree: Tree) {
    this.#text = text;
    this.#tree = tree;
  }

  /** Undefined where the syntax is wrong. */
  static promql(text: string): Query | undefined {
    return Query.#checked(text, parser.parse(text));
  }

  static logql(text: string): Query | undefined {
    return Query.#checked(text, logParser.parse(text));
  }

  static #checked(text: string, tree: Tree): Query | undefined {
    const query = new Query(text, tree);
    const wrong = text.trim() === '' || query.#all(({ type }) => type.isError).length > 0;
    return wrong ? undefined : query;
  }

  nodes(name: string): readonly SyntaxNode[] {
    return this.#all((node) => node.name === name);
  }

  text(node: SyntaxNode | null): string {
    return node === null ? '' : this.#text.slice(node.from, node.to);
  }

  /** Of each selector the name of its metric. */
  metrics(): readonly string[] {
    return this.nodes('VectorSelector').map((node) => this.text(node.getChild('Identifier')));
  }

  matchers(selector: SyntaxNode): readonly Matcher[] {
    const found: Matcher[] = [];
    selector.cursor().iterate(({ node }) => {
      if (node.name === 'UnquotedLabelMatcher') found.push(this.#matcher(node));
      return true;
    });
    return found;
  }

  #matcher(node: SyntaxNode): Matcher {
    return {
      label: this.text(node.getChild('LabelName')),
      operator: this.text(node.getChild('MatchOp')),
      value: this.text(node.getChild('StringLiteral')).slice(1, -1),
    };
  }

  #all(wanted: (node: SyntaxNode) => boolean): readonly SyntaxNode[] {
    const found: SyntaxNode[] = [];
    this.#tree.iterate({
      enter: ({ node }) => {
        if (wanted(node)) found.push(node);
      },
    });
    return found;
  }
}
