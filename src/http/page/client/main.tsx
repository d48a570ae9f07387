import { render } from 'preact';
import { App } from './app.tsx';
import { Feed } from './feed.ts';

/** What the server has rendered is shown until there is something newer. */
const page = document.getElementById('page');
const prefix = document.body.dataset['prefix'] ?? '';

if (page !== null) {
  const feed = new Feed(`${prefix}/api/v1/overview`);
  const stop = feed.watch(() => {
    stop();
    page.replaceChildren();
    render(<App feed={feed} prefix={prefix} />, page);
  });
  feed.start();
}
