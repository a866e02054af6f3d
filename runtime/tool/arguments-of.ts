/** The type of the values that a JSON Schema describes, as far as a type can say it; the rest is `unknown`. */
export type ArgumentsOf<S> = ValueOf<S> extends infer Args extends object ? Args : object;

type ValueOf<S> = S extends { readonly const: infer C }
  ? C
  : S extends { readonly enum: readonly (infer E)[] }
    ? E
    : S extends { readonly type: infer T }
      ? OfType<S, T extends readonly (infer Each)[] ? Each : T>
      : unknown;

type OfType<S, T> = T extends 'string'
  ? string
  : T extends 'number' | 'integer'
    ? number
    : T extends 'boolean'
      ? boolean
      : T extends 'null'
        ? null
        : T extends 'array'
          ? (S extends { readonly items: infer Item } ? ValueOf<Item> : unknown)[]
          : T extends 'object'
            ? ObjectOf<S>
            : unknown;

type ObjectOf<S> = S extends { readonly properties: infer Fields }
  ? Flat<
      { [K in keyof Fields & Required<S>]: ValueOf<Fields[K]> } & {
        [K in Exclude<keyof Fields, Required<S>>]?: ValueOf<Fields[K]> | undefined;
      }
    >
  : { readonly [key: string]: unknown };

type Required<S> = S extends { readonly required: readonly (infer Name)[] } ? Name : never;

type Flat<T> = { -readonly [K in keyof T]: T[K] };
