/** What the lists of columns are made of. Types of rows and texts of statements follow from the lists. */

interface Values {
  /** Less than 2^53 from zero. */
  integer: number
  boolean: boolean
  /** Text of a few characters that stands for itself in every database: IDs, names, words of ours. */
  word: string
  /** Any text, as callers send it. */
  text: string
}

/** What a column holds; how a database declares and keeps it follows from this. */
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

/** The columns of a table by their names, in the order in which statements have them. */
export type Columns = Readonly<Record<string, ColumnType>>

/** A row of these columns. */
export type RowOf<List extends Columns> = { -readonly [Name in keyof List]: ValueOf<List[Name]> }

export function namesOf<List extends Columns>(columns: List): readonly (keyof List & string)[] {
  return Object.keys(columns)
}

/** The columns without some of them. */
export function without<List extends Columns, Name extends keyof List>(
  columns: List,
  left: readonly Name[],
): Omit<List, Name> {
  const names: ReadonlySet<PropertyKey> = new Set(left)
  return Object.fromEntries(Object.entries(columns).filter(([name]) => !names.has(name))) as Omit<List, Name>
}

/** The values of a row in the order of the names. */
export function valuesAt<Name extends string, Found>(
  names: readonly Name[],
  row: Readonly<Record<Name, Found>>,
): Found[] {
  return names.map((name) => row[name])
}

/** Columns with an order that types know, so that they check what is bound to a statement. */
export type ColumnList = readonly (readonly [name: string, type: ColumnType])[]
export type ColumnsOf<List extends ColumnList> = { readonly [Entry in List[number] as Entry[0]]: Entry[1] }
/** The values of one row. */
export type ValuesOf<List extends ColumnList> = {
  [Index in keyof List]: List[Index] extends readonly [string, infer Type extends ColumnType]
    ? ValueOf<Type>
    : never
}

export function columnsOf<const List extends ColumnList>(list: List): ColumnsOf<List> {
  return Object.fromEntries(list) as ColumnsOf<List>
}
