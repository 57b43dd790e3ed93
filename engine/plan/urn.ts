/** The stack that URNs are made for. */
export interface Place {
  /** Stack name, for example `dev`. */
  stack: string;
  /** Project name, from Pulumi.yaml. */
  project: string;
}

/** Another name that a resource may have in the state: a URN, or what differs from the resource's own. */
export interface Alias {
  /** The whole URN. The other fields are unset then. */
  urn?: string;
  name?: string;
  type?: string;
  stack?: string;
  project?: string;
  /** URN of the former parent. Default: the parent of today. */
  parent?: string;
  /** The resource had no parent but the stack. Default: false. */
  noParent?: boolean;
}

/** What names a resource. */
export interface Identity {
  type: string;
  name: string;
  /** URN of the parent; unset for the stack itself. */
  parent?: string | undefined;
}

const STACK_TYPE = "pulumi:pulumi:Stack";

/**
 * The URN as Pulumi makes it: `urn:pulumi:<stack>::<project>::<parent types$type>::<name>`. The stack is no part of the
 * chain of types (pulumi/pulumi sdk/go/common/resource/urn, `urn.New`).
 */
export function makeUrn(place: Place, { type, name, parent }: Identity): string {
  const parentType = parent === undefined ? "" : qualifiedType(parent);
  const chain = parentType === "" || parentType === STACK_TYPE ? type : `${parentType}$${type}`;
  return `urn:pulumi:${place.stack}::${place.project}::${chain}::${name}`;
}

/** The part of a URN after its last type: the resource's name. Names may hold `::`. */
export function urnName(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** The resource's own type, without its parents'. */
export function urnType(urn: string): string {
  return qualifiedType(urn).split("$").at(-1) ?? "";
}

/** `name (type)`, as messages speak of a resource. */
export function label(urn: string): string {
  return `${urnName(urn)} (${urnType(urn)})`;
}

/**
 * Every URN that the resource may have had, the likeliest first: its aliases, and both it and they under the parent's
 * former URN. A child named after its parent follows the parent's former name, as in Pulumi.
 * @param formerParent The URN that the parent was found under in the state, where that is not its URN of today.
 */
export function aliasUrns(place: Place, self: Identity, aliases: Alias[], formerParent?: string): string[] {
  const parents = formerParent === undefined ? [self.parent] : [self.parent, formerParent];
  const urns = parents.flatMap((parent) => {
    const own = { type: self.type, name: childName(self, parent), parent };
    return [makeUrn(place, own), ...aliases.map((alias) => aliasUrn(place, own, alias))];
  });
  return [...new Set(urns)].filter((urn) => urn !== makeUrn(place, self));
}

function aliasUrn(place: Place, self: Identity, alias: Alias): string {
  if (alias.urn !== undefined) return alias.urn;
  const parent = alias.noParent === true ? undefined : (alias.parent ?? self.parent);
  const from = { stack: alias.stack ?? place.stack, project: alias.project ?? place.project };
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
