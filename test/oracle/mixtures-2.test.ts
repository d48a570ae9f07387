import { mixtures } from '../support/mixtures.ts';

mixtures(2);
