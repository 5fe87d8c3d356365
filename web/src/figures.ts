// Draws charts: Vega-Lite specification in, SVG out. Each only when it comes near the window, so that a page with
// hundreds of charts opens at once. Expressions are interpreted, not compiled: the page's policy forbids eval.
import { expressionInterpreter } from 'vega-interpreter';
import { compile, type TopLevelSpec } from 'vega-lite';
import { parse, View } from 'vega';
import type { JsonObject } from './json.js';
import type { Chart } from './spec.js';
import { colorTokens, resolveTokens, sizeTokens, type Tokens } from './tokens.js';
import { showTooltip } from './tooltip.js';
import { t } from './words.js';

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

interface Drawn {
  chart: Chart;
  view?: View;
}

export class Figures {
  private readonly known = new Map<HTMLElement, Drawn>();
  private readonly observer: IntersectionObserver;

  // `legend`: which mark is whose, for the series of a chart.
  constructor(private readonly legend: (series: readonly number[]) => HTMLElement) {
    this.observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries)
          if (entry.isIntersecting && entry.target instanceof HTMLElement) this.drawOnce(entry.target);
      },
      { rootMargin: '400px 0px' },
    );
  }

  // A figure for the chart, drawn when it is about to be seen. `legend`: the figure has its own.
  figure(chart: Chart, legend: boolean): HTMLElement {
    const figure = document.createElement('figure');
    const caption = document.createElement('figcaption');
    caption.textContent = chart.title;
    const box = document.createElement('div');
    box.className = 'chart';
    box.id = chart.id;
    box.dataset['chart'] = chart.id;
    box.setAttribute('role', 'img');
    box.setAttribute('aria-label', `${chart.title}. ${chart.alt}`);
    box.style.minHeight = `${chart.height}px`;
    figure.append(caption);
    if (legend && chart.series) figure.append(this.legend(chart.series));
    figure.append(box);
    if (chart.note) {
      const note = document.createElement('p');
      note.className = 'small';
      note.textContent = chart.note;
      figure.append(note);
    }
    this.known.set(box, { chart });
    this.observer.observe(box);
    return figure;
  }

  // Forgets the charts inside an element that goes away.
  release(root: Element): void {
    for (const [box, drawn] of this.known) {
      if (!root.contains(box)) continue;
      drawn.view?.finalize();
      this.observer.unobserve(box);
      this.known.delete(box);
    }
  }

  // Draws again what is drawn: after another theme or width.
  redraw(): void {
    for (const [box, drawn] of this.known) if (drawn.view) void this.draw(box, drawn);
  }

  // Draws what has not been seen yet, while the page has nothing else to do: for paper and for searching.
  drawInIdleTime(): void {
    const next = [...this.known].find(([box, drawn]) => !drawn.view && !box.dataset['state'] && box.offsetParent !== null);
    if (!next) return;
    const idle = window.requestIdleCallback ?? ((action: () => void) => window.setTimeout(action, 50));
    idle(() => {
      this.drawOnce(next[0]);
      this.drawInIdleTime();
    });
  }

  private drawOnce(box: HTMLElement): void {
    const drawn = this.known.get(box);
    if (!drawn || box.dataset['state']) return;
    this.observer.unobserve(box);
    void this.draw(box, drawn);
  }

  private async draw(box: HTMLElement, drawn: Drawn): Promise<void> {
    box.dataset['state'] = 'drawing';
    drawn.view?.finalize();
    // Vega labels its container in its own way; the element around it keeps its words.
    const host = document.createElement('div');
    host.setAttribute('aria-hidden', 'true');
    box.replaceChildren(host);
    try {
      const tokens = { ...themeTokens(), ...sizeTokens(box.clientWidth) };
      const font = getComputedStyle(document.body).fontFamily;
      const resolved = resolveTokens(drawn.chart.spec, tokens) as unknown as TopLevelSpec;
      const { spec } = compile(resolved, { config: configFor(tokens, font) as object });
      const view = new View(parse(spec, undefined, { ast: true } as never), {
        container: host,
        renderer: 'svg',
        hover: true,
        expr: expressionInterpreter,
        tooltip: showTooltip,
      } as never);
      drawn.view = view;
      await view.runAsync();
      box.style.minHeight = '';
      box.dataset['state'] = 'drawn';
    } catch (error) {
      box.dataset['state'] = 'failed';
      box.textContent = t('chart.failed');
      console.error(`chart ${drawn.chart.id}:`, error);
    }
  }
}
