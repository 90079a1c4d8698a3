/** Two short tones for a new message. */

export function chime(context: AudioContext): void {
  tone(context, 0, 660);
  tone(context, 0.11, 880);
}

function tone(context: AudioContext, delay: number, frequency: number): void {
  const start = context.currentTime + delay;
  const oscillator = context.createOscillator();
  const volume = context.createGain();
  oscillator.frequency.value = frequency;
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(0.08, start + 0.015);
  volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.28);
  oscillator.connect(volume).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + 0.3);
}
