import { mixtures } from '../support/mixtures.ts';

mixtures(1);
