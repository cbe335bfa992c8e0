import type { Call, Media } from "../model.ts";

/** The medias that receive what `media` sends. */
export function subscribersOf(call: Call, media: Media): Media[] {
  return call.medias.filter((other) =>
    other.subscriptions.some((subscription) => subscription.media === media.id),
  );
}

/** The same for all medias of a call, by `MediaId`. */
export function subscribersByMedia(call: Call): Media[][] {
  const subscribers = call.medias.map((): Media[] => []);
  for (const media of call.medias) {
    for (const source of new Set(media.subscriptions.map((one) => one.media)))
      subscribers[source]!.push(media);
  }
  return subscribers;
}

/**
 * Makes two medias hear each other by offer/answer.
 *
 * The receiver leaves whomever it was negotiated with before. The sender does so only in an answer: an
 * offer may be one of several branches, and the other branches stay until one of them answers.
 */
export function subscribeBothWays(call: Call, sender: Media, receiver: Media, isOffer: boolean): void {
  if (!isOffer) leaveOfferAnswer(call, sender);
  leaveOfferAnswer(call, receiver);
  subscribe(receiver, sender);
  subscribe(sender, receiver);
}

function subscribe(which: Media, to: Media): void {
  which.subscriptions = [
    { media: to.id, isOfferAnswer: true },
    ...which.subscriptions.filter(({ media }) => media !== to.id),
  ];
}

function leaveOfferAnswer(call: Call, media: Media): void {
  for (const other of subscribersOf(call, media)) {
    const own = other.subscriptions.find((subscription) => subscription.media === media.id);
    if (!own?.isOfferAnswer) continue;
    other.subscriptions = other.subscriptions.filter((subscription) => subscription.media !== media.id);
    media.subscriptions = media.subscriptions.filter((subscription) => subscription.media !== other.id);
  }
}
