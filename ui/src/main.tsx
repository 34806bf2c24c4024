import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './styles/theme.css';
import './styles/frame.css';
import './styles/controls.css';
import './styles/chart.css';
import './styles/pages.css';
import './styles/plan.css';
import { followLinks } from './shell/address';
import { App } from './shell/app';

followLinks();
render(<App />, document.getElementById('app')!);
