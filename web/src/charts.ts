// Draws the figures: Vega-Lite specification in, SVG out. Expressions are interpreted, not compiled, so that the page
// works under a policy that forbids eval.
import { expressionInterpreter } from 'vega-interpreter';
import { compile, type TopLevelSpec } from 'vega-lite';
import { parse, View } from 'vega';
import { isObject, type Json, type JsonObject } from './json.js';
import { colorTokens, resolveTokens, sizeTokens, type Tokens } from './tokens.js';
import { showTooltip } from './tooltip.js';

export function chartsOf(island: string): Map<string, JsonObject> {
  const parsed: Json = JSON.parse(island);
  if (!isObject(parsed) || !isObject(parsed['charts'] ?? null)) throw new Error('the page has no charts');
  const charts = parsed['charts'] as JsonObject;
  return new Map(Object.entries(charts).filter((entry): entry is [string, JsonObject] => isObject(entry[1])));
}

function themeTokens(): Record<string, string> {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(colorTokens.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

export function configFor(tokens: Tokens, font: string): JsonObject {
  const ink = String(tokens['ink']);
  const muted = String(tokens['muted']);
  const axis = String(tokens['axis']);
  return {
    font,
    background: 'transparent',
    view: { stroke: null },
    axis: {
      labelColor: muted, titleColor: muted, domainColor: axis, tickColor: axis, gridColor: axis, gridOpacity: 0.35,
      labelFontSize: 11, titleFontSize: 11, titleFontWeight: 400, titlePadding: 6, labelPadding: 5,
    },
    axisY: { labelColor: ink },
    legend: { labelColor: ink, labelFontSize: 11, symbolType: 'square', padding: 0, offset: 8 },
    text: { color: ink, fontSize: 11 },
  };
}

export class Figures {
  private readonly drawn = new Map<Element, View>();

  constructor(
    private readonly charts: Map<string, JsonObject>,
    private readonly failed: (id: string, error: unknown) => void,
  ) {}

  // Draws every figure that can be seen; those in a closed <details> wait until it is opened.
  async drawAll(root: ParentNode = document): Promise<void> {
    const tokens = themeTokens();
    const font = getComputedStyle(document.body).fontFamily;
    const visible = [...root.querySelectorAll<HTMLElement>('[data-chart]')].filter(
      (element) => !element.closest('details:not([open])'),
    );
    for (const element of visible) delete element.dataset['state'];
    for (const element of visible) await this.draw(element, tokens, font);
  }

  private async draw(element: HTMLElement, colors: Tokens, font: string): Promise<void> {
    const id = element.dataset['chart'] ?? '';
    const spec = this.charts.get(id);
    if (!spec) return;
    const figure = element.closest('figure');
    if (figure) figure.hidden = false;
    this.drawn.get(element)?.finalize();
    // Vega labels its container in its own way; the element around it keeps the words that the page gave it.
    const host = document.createElement('div');
    host.setAttribute('aria-hidden', 'true');
    element.replaceChildren(host);
    try {
      const tokens = { ...colors, ...sizeTokens(element.clientWidth) };
      const resolved = resolveTokens(spec, tokens) as unknown as TopLevelSpec;
      const { spec: vega } = compile(resolved, { config: configFor(tokens, font) as object });
      const view = new View(parse(vega, undefined, { ast: true } as never), {
        container: host,
        renderer: 'svg',
        hover: true,
        expr: expressionInterpreter,
        tooltip: showTooltip,
      } as never);
      this.drawn.set(element, view);
      await view.runAsync();
      element.dataset['state'] = 'drawn';
    } catch (error) {
      element.dataset['state'] = 'failed';
      element.textContent = 'This chart could not be drawn; the tables have its numbers.';
      this.failed(id, error);
    }
  }
}
