/**
 * What the port is to TCP: a service listens on it; *taken*, nobody listens and an outbound connection has it; *bound*, a socket is bound
 * to it and does nothing; *free*.
 */
export type PortStatus = 'listening' | 'taken' | 'bound' | 'free';
