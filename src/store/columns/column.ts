/**
 * The building blocks of column lists. The types of rows and the texts of statements follow from the lists.
 */

interface Values {
  /** An integer with an absolute value below 2^53. */
  integer: number
  boolean: boolean
  /** A short text that every database stores unchanged: an ID, a name, a constant of ours. */
  word: string
  /** Any text that a caller sends. */
  text: string
}

/** What a column holds. How a database declares and stores it follows from this. */
export interface ColumnType {
  readonly kind: keyof Values
  readonly isNullable: boolean
}

export const integer = { kind: 'integer', isNullable: false } as const satisfies ColumnType
export const integerOrNull = { kind: 'integer', isNullable: true } as const satisfies ColumnType
export const boolean = { kind: 'boolean', isNullable: false } as const satisfies ColumnType
export const word = { kind: 'word', isNullable: false } as const satisfies ColumnType
export const wordOrNull = { kind: 'word', isNullable: true } as const satisfies ColumnType
export const text = { kind: 'text', isNullable: false } as const satisfies ColumnType
export const textOrNull = { kind: 'text', isNullable: true } as const satisfies ColumnType

export type Value = Values[keyof Values] | null
export type ValueOf<Type extends ColumnType> =
  | Values[Type['kind']]
  | (Type['isNullable'] extends true ? null : never)

/** The columns of a table by name, in the order that statements use. */
export type Columns = Readonly<Record<string, ColumnType>>

/** A row with these columns. */
export type RowOf<List extends Columns> = { -readonly [Name in keyof List]: ValueOf<List[Name]> }

export function namesOf<List extends Columns>(columns: List): readonly (keyof List & string)[] {
  return Object.keys(columns)
}

/** The columns except the named ones. */
export function without<List extends Columns, Name extends keyof List>(
  columns: List,
  names: readonly Name[],
): Omit<List, Name> {
  const removed: ReadonlySet<PropertyKey> = new Set(names)
  return Object.fromEntries(Object.entries(columns).filter(([name]) => !removed.has(name))) as Omit<
    List,
    Name
  >
}

/** The values of a row, in the order of the names. */
export function valuesAt<Name extends string, Found>(
  names: readonly Name[],
  row: Readonly<Record<Name, Found>>,
): Found[] {
  return names.map((name) => row[name])
}

/**
 * A list of columns whose order is part of its type. So types check the values that are bound to a statement.
 */
export type ColumnList = readonly (readonly [name: string, type: ColumnType])[]
export type ColumnsOf<List extends ColumnList> = { readonly [Entry in List[number] as Entry[0]]: Entry[1] }
/** The values of one row, in the order of the list. */
export type ValuesOf<List extends ColumnList> = {
  [Index in keyof List]: List[Index] extends readonly [string, infer Type extends ColumnType]
    ? ValueOf<Type>
    : never
}

export function columnsOf<const List extends ColumnList>(list: List): ColumnsOf<List> {
  return Object.fromEntries(list) as ColumnsOf<List>
}
