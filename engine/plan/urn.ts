/** The stack that URNs belong to. */
export interface StackId {
  /** Stack name, for example `dev`. */
  stack: string;
  /** Project name, from Pulumi.yaml. */
  project: string;
}

/** A former identity of a resource: a URN, or the parts that differ from its current identity. */
export interface Alias {
  /** The whole URN. If set, the other fields are unset. */
  urn?: string;
  name?: string;
  type?: string;
  stack?: string;
  project?: string;
  /** URN of the former parent. Default: the current parent. */
  parent?: string;
  /** The resource was a direct child of the stack. Default: false. */
  noParent?: boolean;
}

/** The parts of a URN that belong to the resource itself. */
export interface Identity {
  type: string;
  name: string;
  /** URN of the parent; unset for the stack itself. */
  parent?: string | undefined;
}

const STACK_TYPE = "pulumi:pulumi:Stack";

/**
 * Returns the URN in Pulumi's format: `urn:pulumi:<stack>::<project>::<parent types$type>::<name>`. The stack's type is
 * not part of the chain of types (pulumi/pulumi sdk/go/common/resource/urn, `urn.New`).
 */
export function makeUrn(stack: StackId, { type, name, parent }: Identity): string {
  const parentType = parent === undefined ? "" : qualifiedType(parent);
  const chain = parentType === "" || parentType === STACK_TYPE ? type : `${parentType}$${type}`;
  return `urn:pulumi:${stack.stack}::${stack.project}::${chain}::${name}`;
}

/** The resource's name: the part of a URN after the type. Names may contain `::`. */
export function urnName(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** The resource's own type, without the types of its parents. */
export function urnType(urn: string): string {
  return qualifiedType(urn).split("$").at(-1) ?? "";
}

/** `name (type)`: how messages refer to a resource. */
export function label(urn: string): string {
  return `${urnName(urn)} (${urnType(urn)})`;
}

/**
 * All URNs that the resource may have had before, the most likely first: its aliases, and, if the parent has a former
 * URN, the resource and its aliases under that. As in Pulumi, if the child's name starts with the parent's name, that
 * part becomes the parent's former name.
 * @param formerParent The parent's URN in the state, if it differs from the current one.
 */
export function aliasUrns(stack: StackId, self: Identity, aliases: Alias[], formerParent?: string): string[] {
  const parents = formerParent === undefined ? [self.parent] : [self.parent, formerParent];
  const urns = parents.flatMap((parent) => {
    const own = { type: self.type, name: childName(self, parent), parent };
    return [makeUrn(stack, own), ...aliases.map((alias) => aliasUrn(stack, own, alias))];
  });
  return [...new Set(urns)].filter((urn) => urn !== makeUrn(stack, self));
}

function aliasUrn(stack: StackId, self: Identity, alias: Alias): string {
  if (alias.urn !== undefined) return alias.urn;
  const parent = alias.noParent === true ? undefined : (alias.parent ?? self.parent);
  const from = { stack: alias.stack ?? stack.stack, project: alias.project ?? stack.project };
  return makeUrn(from, { type: alias.type ?? self.type, name: alias.name ?? self.name, parent });
}

function childName(self: Identity, parent: string | undefined): string {
  if (parent === undefined || self.parent === undefined) return self.name;
  const prefix = urnName(self.parent);
  return self.name.startsWith(prefix) ? urnName(parent) + self.name.slice(prefix.length) : self.name;
}

function qualifiedType(urn: string): string {
  return urn.split("::")[2] ?? "";
}
