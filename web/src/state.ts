// What the reader has chosen, as the part of the address behind "#": a link to it shows the same to others.

export interface State {
  row: number | null; // of the result, opened
  tool: string; // part of a name
  workload: string;
  verdict: string; // code
  group: number | null;
  sort: number | null; // column of the heat map
  descending: boolean;
}

export const nothing: State = {
  row: null, tool: '', workload: '', verdict: '', group: null, sort: null, descending: true,
};

function natural(text: string | null): number | null {
  return text !== null && /^[0-9]{1,7}$/.test(text) ? Number(text) : null;
}

// "#r12" is the link to a row that the page has without scripts; other anchors are no state.
export function parseState(hash: string): State | undefined {
  const text = hash.replace(/^#/, '');
  const anchor = /^r([0-9]{1,7})$/.exec(text);
  if (anchor) return { ...nothing, row: Number(anchor[1]) };
  if (!text.includes('=')) return text === '' ? { ...nothing } : undefined;
  const fields = new URLSearchParams(text);
  return {
    row: natural(fields.get('row')),
    tool: fields.get('tool') ?? '',
    workload: fields.get('workload') ?? '',
    verdict: fields.get('verdict') ?? '',
    group: natural(fields.get('group')),
    sort: natural(fields.get('sort')),
    descending: fields.get('order') !== 'ascending',
  };
}

export function formatState(state: State): string {
  const fields = new URLSearchParams();
  if (state.row !== null) fields.set('row', String(state.row));
  if (state.tool) fields.set('tool', state.tool);
  if (state.workload) fields.set('workload', state.workload);
  if (state.verdict) fields.set('verdict', state.verdict);
  if (state.group !== null) fields.set('group', String(state.group));
  if (state.sort !== null) {
    fields.set('sort', String(state.sort));
    fields.set('order', state.descending ? 'descending' : 'ascending');
  }
  const text = fields.toString();
  return text === '' ? '' : `#${text}`;
}
