// A page that matches every path, /realtime too: the rooms are taken before it.

export default function Page() {
  return <p>your app</p>;
}
