# `ruby receiver.rb VERIFIED.rb` answers 204 to what `verified?` accepts, and 401. Nothing but Ruby's own library.

require "socket"
require ARGV[0]

server = TCPServer.new("127.0.0.1", 0)
puts "http://127.0.0.1:#{server.addr[1]}/"
$stdout.flush
loop do
  client = server.accept
  client.gets
  headers = {}
  while (line = client.gets) && line != "\r\n"
    name, value = line.chomp.split(":", 2)
    headers[name.downcase] = value.strip
  end
  body = client.read(headers["content-length"].to_i)
  accepted = verified?(ENV.fetch("WEBHOOK_SECRET"), headers, body)
  client.write("HTTP/1.1 #{accepted ? "204 No Content" : "401 Unauthorized"}\r\nConnection: close\r\n\r\n")
  client.close
end
